import { createHash } from 'node:crypto';
import { closeSync, read } from 'node:fs';
import { PassThrough } from 'node:stream';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputFeed } from '#cli/run/input-feed.ts';
import { openPipes } from '#cli/run/pipes.ts';
import { randomBytes } from '#crypto';

/** Up to `length` bytes out of a pipe, as a command would read them; fewer at its end. */
async function readPipe(fd: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await promisify(read)(fd, bytes, filled, length - filled, null);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest());

describe('InputFeed', () => {
  it('hashes exactly what was read from the pipe, whatever was written', async () => {
    const sizes = fc.tuple(fc.nat(60_000), fc.nat(60_000), fc.nat(60_000));
    await fc.assert(
      fc.asyncProperty(sizes, async ([written, more, wanted]) => {
        const { input, output } = await openPipes();
        for (const fd of [output.read, output.write]) closeSync(fd);
        const source = new PassThrough();
        const feed = new InputFeed(source, input);
        feed.start();
        const bytes = Buffer.from(randomBytes(written));
        const rest = Buffer.from(randomBytes(more));
        source.write(bytes);
        source.end(rest);
        const all = Buffer.concat([bytes, rest]);
        const got = await readPipe(input.read, Math.min(wanted, all.length));
        feed.close();
        expect(got.equals(all.subarray(0, got.length))).toBe(true);
        expect(feed.hash()).toEqual(sha256(got));
      }),
      { numRuns: 30 },
    );
  });

  it('delivers everything from a source that says that it has ended while it is paused', async () => {
    const { input, output } = await openPipes();
    for (const fd of [output.read, output.write]) closeSync(fd);
    const source = new PassThrough();
    const feed = new InputFeed(source, input);
    feed.start();
    // Twice what a pipe holds.
    const bytes = Buffer.alloc(131_072, randomBytes(1000));
    source.write(bytes);
    await new Promise((resolve) => setTimeout(resolve, 5));
    // As a socket does when its other side closes.
    source.emit('end');
    expect((await readPipe(input.read, bytes.length)).equals(bytes)).toBe(true);
    feed.close();
    expect(feed.hash()).toEqual(sha256(bytes));
  });
});
