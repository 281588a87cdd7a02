/** The indexer as the main thread has it: whatever becomes of its thread, the main thread is told. */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { Indexer } from '#explorer/indexer/indexer.ts';
import { FakeLog } from '#test/support/fake-log.ts';
import { silent } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const { key } = new FakeLog('log.example');
const SETTINGS = {
  entryTypes: ['tecp-receipt'],
  entries: 'tree-only',
  workers: 0,
  intervalMs: 1000,
  timeoutMs: 1000,
  logs: [
    {
      origin: 'log.example',
      url: 'http://127.0.0.1:1',
      policyText: `log ${key.verifier.text}\nquorum none\n`,
    },
  ],
} as const;

async function openIndexer() {
  const deaths: Error[] = [];
  const workers: Worker[] = [];
  process.once('worker', (worker) => workers.push(worker));
  const database = join(tempFolder(), 'index.db');
  const indexer = await Indexer.open(
    { ...SETTINGS, database },
    { logger: silent, onFatal: (error) => deaths.push(error as Error) },
  );
  return { indexer, thread: workers[0]!, deaths };
}

it.each([
  ['is terminated', (thread: Worker) => void thread.terminate(), /^the indexer ended with code 1$/],
  ['throws', (thread: Worker) => thread.postMessage(null), /^the indexer failed$/],
])('tells once of a thread that %s, and rejects every call', async (...test) => {
  const [, kill, message] = test;
  const { indexer, thread, deaths } = await openIndexer();
  kill(thread);
  await until(() => deaths.length > 0);
  await expect(indexer.follow()).rejects.toThrow(message);
  await indexer.close();
  expect(deaths.map((error) => error.message)).toEqual([expect.stringMatching(message)]);
});

it('tells of no death when it is closed', async () => {
  const { indexer, deaths } = await openIndexer();
  await indexer.close();
  await indexer.close();
  await expect(indexer.follow()).rejects.toThrow('ended with code');
  expect(deaths).toEqual([]);
});
