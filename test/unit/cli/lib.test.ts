import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEntries } from '#cli/lib/entry-lines.ts';
import { CommandError, EXIT, endingOf } from '#cli/lib/errors.ts';
import { readInput, writeFileAtomically } from '#cli/lib/files.ts';
import { formatFacts, formatTime, printable } from '#cli/lib/print.ts';
import { formatBar, startProgress } from '#cli/lib/progress.ts';
import { submitLines } from '#cli/lib/submit-lines.ts';
import { openNetwork } from '#cli/network/network.ts';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { StoreError } from '#log-server/store/store.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { ConfigError } from '#service/errors.ts';
import { tempFile, tempFolder } from '#test/support/temp.ts';

describe('endingOf', () => {
  it('tells findings from what could not be judged, in one sentence without a stack', () => {
    const cases: [unknown, number][] = [
      [new CommandError('It failed.'), EXIT.failed],
      [new CommandError('No such program.', 127), 127],
      [new ConfigError('Mend it.'), EXIT.unusable],
      [new RemoteError('unreachable', 'http://x', 'ECONNREFUSED'), EXIT.unusable],
      [
        new RemoteError('status', 'http://x', 'unexpected status 400', { status: 400 }),
        EXIT.failed,
      ],
      [new ProtocolError('bad-note', 'not a note'), EXIT.failed],
      [new ReceiptError('E-SIG-002', 'does not verify', 'sig'), EXIT.failed],
      [new StoreError('conflict', 'the lease is lost'), EXIT.unusable],
      [new TypeError('undefined is not a function'), EXIT.unusable],
      ['thrown text', EXIT.unusable],
    ];
    for (const [error, exitCode] of cases) {
      const ending = endingOf(error);
      expect(ending.exitCode).toBe(exitCode);
      expect(ending.message).toMatch(/^[^\n]+[.?!)]$/);
    }
  });

  it('takes no process that was forgotten for a defect of the program', () => {
    const { message } = endingOf(new StoreError('conflict', 'the lease is lost'));
    expect(message).toMatch(/the lease is lost.*stop all that run it, on all machines/);
    expect(message).not.toMatch(/bug/);
  });

  it('repeats what the other side gave as its reason', () => {
    const body = '{"code":"E-SIG-002","detail":"signature does not verify"}';
    const answer = { status: 400, body };
    const error = new RemoteError('status', 'http://127.0.0.1:8400/v1/log/entries', 'x', answer);
    expect(endingOf(error).message).toBe(
      'http://127.0.0.1:8400 answered: signature does not verify (400, E-SIG-002)',
    );
  });
});

describe('text for people', () => {
  it('leaves out facts without a value and aligns the others', () => {
    expect(
      formatFacts([
        ['a', '1'],
        ['none', undefined],
        ['long', '2'],
      ]),
    ).toBe('  a     1\n  long  2\n');
  });

  it('lets nothing from a receipt steer the terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(/[\p{Cc}\u202e\u2028]/u.test(printable(text))).toBe(false);
      }),
    );
  });

  it('shows times that no calendar has as numbers', () => {
    expect(formatTime(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(formatTime(Number.MAX_SAFE_INTEGER)).toBe('9007199254740991 ms');
  });

  it('draws a progress bar on a terminal only', () => {
    const written: string[] = [];
    const stream = (isTTY: boolean) => ({ isTTY, write: (text: string) => written.push(text) > 0 });
    for (const isTTY of [false, true]) {
      const progress = startProgress(stream(isTTY));
      progress.update(256, 512);
      progress.end();
      expect(written.join('').includes(' 50%  256 of 512 entries')).toBe(isTTY);
    }
    expect(formatBar(0, 0, 'entries')).toContain('100%');
  });

  it('names an operator once when both of its keys cosigned, and else the key that did', async () => {
    const { policy } = await openNetwork({ data: tempFolder() });
    const names = ['witness-1-ed', 'witness-1-pq', 'witness-2-ed'];
    expect(cosignerNames(policy, names)).toEqual(['witness-1', 'witness-2-ed']);
    expect(
      cosignerNames(
        policy,
        policy.witnesses.map(({ name }) => name),
      ),
    ).toEqual(['witness-1', 'witness-2', 'witness-3']);
  });
});

describe('files', () => {
  it('are read up to a cap only', async () => {
    const path = tempFile('f', '12345');
    expect((await readInput(path, 5)).toString()).toBe('12345');
    await expect(readInput(path, 4)).rejects.toMatchObject({ exitCode: 2 });
    await expect(readInput(tempFolder(), 4)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('are replaced whole, and nothing is left behind when that fails', async () => {
    const folder = tempFolder();
    await writeFileAtomically(join(folder, 'f'), 'one');
    await writeFileAtomically(join(folder, 'f'), 'two', { mode: 0o600, durable: true });
    expect(readFileSync(join(folder, 'f'), 'utf8')).toBe('two');
    expect(statSync(join(folder, 'f')).mode & 0o777).toBe(0o600);
    await expect(writeFileAtomically(join(folder, 'f/x'), '')).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it('are written to where they are devices, which stay what they are', async () => {
    const pipe = join(tempFolder(), 'null');
    execFileSync('mkfifo', [pipe]);
    const read = readInput(pipe, 10);
    await writeFileAtomically(pipe, 'through');
    expect((await read).toString()).toBe('through');
    expect(statSync(pipe).isFIFO()).toBe(true);
  });
});

describe('readEntries', () => {
  async function linesOf(text: string): Promise<[number, string][] | 'one'> {
    const entries = await readEntries(tempFile('entries', text));
    if (entries.kind === 'one') return 'one';
    const lines: [number, string][] = [];
    for await (const { number, bytes } of entries.lines) lines.push([number, bytes.toString()]);
    return lines;
  }

  it('takes one JSON value for one receipt, however it is laid out', async () => {
    for (const text of ['{}', '{}\n', '{\n  "a": 1\n}\n', '{"a":[1,\n2]}']) {
      expect(await linesOf(text)).toBe('one');
    }
  });

  it('takes anything else for lines, counts them as an editor does, and leaves out empty ones', async () => {
    expect(await linesOf('{}\n{}\n')).toEqual([
      [1, '{}'],
      [2, '{}'],
    ]);
    expect(await linesOf('{}\r\n\r\nbad')).toEqual([
      [1, '{}'],
      [3, 'bad'],
    ]);
    expect(await linesOf('')).toEqual([]);
  });

  it('splits lines that straddle what is read at once', async () => {
    const lines = Array.from({ length: 5000 }, (_, i) => `{"n":"${'x'.repeat(i % 300)}"}`);
    const read = await linesOf(lines.join('\n'));
    expect(read).toEqual(lines.map((line, i) => [i + 1, line]));
  });
});

describe('submitLines', () => {
  const accepted = { status: 200, leaf_index: 0, leaf_hash: 'ab', duplicate: false };
  async function* linesOf(texts: string[]) {
    for (const [i, text] of texts.entries())
      yield { number: i + 1, bytes: Buffer.from(text, 'latin1') };
  }

  async function submit(texts: string[], answer: (line: string, request: number) => object) {
    let requests = 0;
    const fetch = async (_: string, init: RequestInit): Promise<Response> => {
      const request = ++requests;
      const lines = new TextDecoder()
        .decode(init.body as Uint8Array)
        .trimEnd()
        .split('\n');
      return new Response(
        lines.map((line) => `${JSON.stringify(answer(line, request))}\n`).join(''),
      );
    };
    const client = new LogClient('http://log.example', { fetch });
    const results: [number, number][] = [];
    for await (const { number, result } of submitLines(client, linesOf(texts), {
      waitForProof: false,
    })) {
      results.push([number, result.status]);
    }
    return { results, requests };
  }

  it('sends at most a thousand lines in one request, and keeps their order', async () => {
    const { results, requests } = await submit(Array(2500).fill('{}'), () => accepted);
    expect(requests).toBe(3);
    expect(results.map(([number]) => number)).toEqual(
      Array.from({ length: 2500 }, (_, i) => i + 1),
    );
  });

  it('sends again what the log had no room for, and only that', async () => {
    const sent: string[] = [];
    const { results } = await submit(['"a"', '"b"', '"c"'], (line, request) => {
      sent.push(line);
      const isRefused = line === '"b"' && request === 1;
      return isRefused ? { status: 503, code: 'overloaded', detail: 'later' } : accepted;
    });
    expect(sent).toEqual(['"a"', '"b"', '"c"', '"b"']);
    expect(results).toEqual([
      [1, 200],
      [2, 200],
      [3, 200],
    ]);
  });

  it('refuses by itself what cannot be part of a request', async () => {
    const { results, requests } = await submit(
      ['\xff', 'x'.repeat(1_100_000), '{}'],
      () => accepted,
    );
    expect(results).toEqual([
      [1, 400],
      [2, 413],
      [3, 200],
    ]);
    expect(requests).toBe(1);
  });
});
