/** Judging in threads gives the verdicts of judging here, in as many threads as were asked for. */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { judgeHere } from '#client/entry-judge.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';
import { guestbook } from '#test/support/guestbook/guestbook.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { MemorySource } from '#test/support/memory-source.ts';

const types = entryTypes(['tecp-receipt']);
const good = Array.from({ length: 64 }, () => freshReceipt());
const started: Worker[] = [];
const note = (worker: Worker): void => void started.push(worker);

beforeEach(() => {
  started.length = 0;
  process.on('worker', note);
});
afterEach(() => process.off('worker', note));

function threads(count: number, of = types): JudgingThreads {
  const judging = new JudgingThreads(of, count);
  onTestFinished(() => judging.close());
  return judging;
}

/** Good entries, but for faults of three kinds from place `n` on. */
function damaged(n: number): Uint8Array[] {
  const bundle = [...good];
  bundle[n] = encodeUtf8('hello');
  const forged = Buffer.from(good[n + 1]!)
    .toString()
    .replace('no_retention', 'no_retentiom');
  bundle[n + 1] = encodeUtf8(forged);
  bundle[n + 2] = new Uint8Array(0);
  return bundle;
}

it('gives the faults of each bundle to whoever asked, as judging here does', async () => {
  const { judge } = threads(2);
  const bundles = Array.from({ length: 9 }, (_, i) => (i % 3 === 0 ? good : damaged(7 * i)));
  const here = judgeHere(types);
  const expected = await Promise.all(bundles.map(here.judge));
  expect(expected.map((faults) => faults.length)).toEqual([0, 3, 3, 0, 3, 3, 0, 3, 3]);
  expect(await Promise.all(bundles.map(judge))).toEqual(expected);
});

it('starts no more threads than it may, and leaves the entries as they are', async () => {
  const copy = good.map((entry) => Uint8Array.from(entry));
  const { judge } = threads(3);
  await Promise.all(Array.from({ length: 12 }, () => judge(good)));
  expect(started).toHaveLength(3);
  expect(good).toEqual(copy);
});

it('starts none for few entries, or for types that no thread knows', async () => {
  const few = damaged(0).slice(0, 20);
  expect(await threads(2).judge(few)).toEqual(await judgeHere(types).judge(few));
  const others = [guestbook, ...types];
  const bundle = damaged(30);
  expect(await threads(2, others).judge(bundle)).toEqual(await judgeHere(others).judge(bundle));
  expect(started).toEqual([]);
});

it('rejects what a thread that ended did not judge, and goes on in another', async () => {
  const { judge } = threads(1);
  process.once('worker', (worker: Worker) => void worker.terminate());
  const results = await Promise.allSettled([judge(good), judge(good)]);
  expect(results).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(await judge(damaged(1))).toHaveLength(3);
});

it('rejects once it is closed, also what was on its way', async () => {
  const judging = threads(1);
  const waiting = Promise.allSettled(Array.from({ length: 4 }, () => judging.judge(good)));
  await judging.close();
  expect((await waiting).at(-1)).toMatchObject({ status: 'rejected' });
  await expect(judging.judge(good)).rejects.toThrow('closed');
});

it('a whole walk finds with it what it finds without', async () => {
  const key = logKey();
  const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
  const source = new MemorySource(key).append(...good, ...damaged(40), ...good).sign();
  const alone = await checkLog(source, { policy, entryTypes: types });
  const judge = threads(availableParallelism());
  const together = await checkLog(source, { policy, entryTypes: types, judge });
  expect(alone.problems.map(({ where }) => where)).toEqual(['entry 104', 'entry 105', 'entry 106']);
  expect(together.problems).toEqual(alone.problems);
  expect(started.length).toBeGreaterThan(0);
});
