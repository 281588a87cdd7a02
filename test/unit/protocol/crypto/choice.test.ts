/** Which of its two libraries for Ed25519 Node.js takes, in every thread, and what it does without the better. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

const JUDGING = join(import.meta.dirname, 'judging.ts');
const WITHOUT_SODIUM = join(import.meta.dirname, '../../../support/without-sodium.ts');

function runProcess(...options: string[]): string {
  return execFileSync(process.execPath, [...options, JUDGING], { encoding: 'utf8' });
}

async function runThread(): Promise<string> {
  const worker = new Worker(JUDGING);
  const ended = once(worker, 'exit');
  const [said] = await once(worker, 'message');
  await ended;
  return said;
}

it('takes libsodium', () => {
  expect(runProcess()).toBe('libsodium true false');
});

it('takes OpenSSL where the addon does not load', () => {
  expect(runProcess('--import', WITHOUT_SODIUM)).toBe('OpenSSL true false');
});

it('takes libsodium in several threads at once, and again when those have ended', async () => {
  for (let round = 0; round < 2; round++) {
    const said = await Promise.all(Array.from({ length: 4 }, runThread));
    expect(new Set(said)).toEqual(new Set(['libsodium true false']));
  }
});
