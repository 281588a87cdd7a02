/** A reader whose searches run in threads finds the same, and is held up by none of them. */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import type { IndexReader } from '#explorer/index/search-index.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { openSearchThreads } from '#explorer/index/sqlite/search-threads.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { ConfigError } from '#service/errors.ts';
import { IndexedLog } from '#test/support/indexed-log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { entryOf, ORIGIN } from './growing-index.ts';

const types = entryTypes(['tecp-receipt']);
const onFatal = (error: Error) => {
  throw error;
};
/** Each entry has to be looked at, as many as one search may. */
const COSTLY = { codeRefPrefix: 'git:entrx' };

async function newIndex(): Promise<string> {
  const path = join(tempFolder(), 'index.db');
  const writer = openSqliteWriter(path, { types, judged: true });
  onTestFinished(() => writer.close());
  const log = new IndexedLog(ORIGIN);
  await writer.progress(ORIGIN);
  await writer.append(ORIGIN, [log.grow(Array.from({ length: 2000 }, (_, i) => entryOf(i)))]);
  await writer.confirm(ORIGIN, log.checkpoint());
  return path;
}

async function openThreads(path: string, threads: number): Promise<IndexReader> {
  const reader = await openSearchThreads(path, { types, threads, onFatal });
  onTestFinished(() => reader.close());
  return reader;
}

it('answers each search as a reader in one thread does, many at once', async () => {
  const path = await newIndex();
  const threads = await openThreads(path, 2);
  const alone = openSqliteReader(path, { types });
  onTestFinished(() => alone.close());
  const searches = Array.from({ length: 60 }, (_, i) => ({ policies: ['odd'], fromMs: i * 9000 }));
  const found = await Promise.all(searches.map((filters) => threads.search(filters, 7)));
  for (const [i, filters] of searches.entries()) {
    const expected = await alone.search(filters, 7);
    expect(found[i]?.next).toBe(expected.next);
    expect(found[i]?.entries.map(({ index }) => index)).toEqual(
      expected.entries.map(({ index }) => index),
    );
  }
  expect(await threads.counts(ORIGIN)).toEqual(await alone.counts(ORIGIN));
  expect((await threads.entries(ORIGIN, 5, 7)).length).toBe(2);
});

it('has one thread until a search has to wait, and never more than it may', async () => {
  let started = 0;
  const count = () => started++;
  process.on('worker', count);
  onTestFinished(() => void process.off('worker', count));
  const reader = await openThreads(await newIndex(), 3);
  for (let i = 0; i < 5; i++) await reader.search({}, 1);
  expect(started).toBe(1);
  await Promise.all([reader.search(COSTLY, 1), reader.search(COSTLY, 1)]);
  expect(started).toBe(2);
  await Promise.all(Array.from({ length: 20 }, () => reader.search(COSTLY, 1)));
  expect(started).toBe(3);
});

it('tells that the process cannot go on when a later thread cannot read the index', async () => {
  const path = await newIndex();
  const failure = Promise.withResolvers<Error>();
  const reader = await openSearchThreads(path, { types, threads: 2, onFatal: failure.resolve });
  onTestFinished(() => reader.close());
  renameSync(path, `${path}.away`);
  await Promise.all([reader.search(COSTLY, 1), reader.search(COSTLY, 1)]);
  expect(await failure.promise).toBeInstanceOf(ConfigError);
});

it('reads a row for others while searches run and wait', async () => {
  const reader = await openThreads(await newIndex(), 1);
  let answered = 0;
  const searches = Array.from({ length: 30 }, async () => {
    await reader.search(COSTLY, 1);
    answered++;
  });
  expect((await reader.entry(ORIGIN, 5))?.index).toBe(5);
  expect(answered).toBeLessThan(30);
  await Promise.all(searches);
});

it('refuses at once what is more than can wait, and answers what waits', async () => {
  const reader = await openThreads(await newIndex(), 1);
  const searches = Array.from({ length: 300 }, () => reader.search({}, 1));
  const settled = await Promise.allSettled(searches);
  const refused = settled.filter(({ status }) => status === 'rejected');
  // One runs, and 256 wait.
  expect(refused.length).toBe(300 - 257);
  for (const outcome of refused) {
    const { reason } = outcome as PromiseRejectedResult;
    expect(reason).toMatchObject({ name: 'SearchIndexError', kind: 'overloaded' });
  }
  expect((await reader.search({}, 1)).entries.length).toBe(1);
});

it('is refused where no index is, or one that was made for other types', async () => {
  const missing = join(tempFolder(), 'index.db');
  const open = (path: string, options: object = {}) =>
    openSearchThreads(path, { types, threads: 1, onFatal, ...options });
  await expect(open(missing)).rejects.toThrow(ConfigError);
  const others = { types: entryTypes(['opaque']) };
  await expect(open(await newIndex(), others)).rejects.toThrow(ConfigError);
});

it('rejects what is asked after it was closed', async () => {
  const reader = await openSearchThreads(await newIndex(), { types, threads: 1, onFatal });
  await reader.close();
  await expect(reader.search({}, 1)).rejects.toMatchObject({ name: 'SearchIndexError' });
});

it.each([
  [
    'is terminated',
    (thread: Worker) => void thread.terminate(),
    'a search thread ended with code 1',
  ],
  ['throws', (thread: Worker) => thread.postMessage(null), 'a search thread failed'],
])(
  'tells once of a thread that %s, and rejects what it was asked and what waits for it',
  async (...test) => {
    const [, kill, message] = test;
    const deaths: string[] = [];
    const started: Worker[] = [];
    process.once('worker', (thread) => started.push(thread));
    const reader = await openSearchThreads(await newIndex(), {
      types,
      threads: 1,
      onFatal: (error) => deaths.push(error.message),
    });
    const searches = Promise.allSettled(Array.from({ length: 20 }, () => reader.search(COSTLY, 1)));
    kill(started[0]!);
    const last = (await searches).at(-1);
    expect(last).toMatchObject({ reason: { name: 'SearchIndexError', kind: 'failed', message } });
    await expect(reader.search({}, 1)).rejects.toMatchObject({ kind: 'failed' });
    // Whatever needs no thread is still answered.
    expect((await reader.entry(ORIGIN, 5))?.index).toBe(5);
    await reader.close();
    expect(deaths).toEqual([message]);
  },
);

it('tells once of a thread that dies before it has begun, and answers by those that are left', async () => {
  const deaths: string[] = [];
  const reader = await openSearchThreads(await newIndex(), {
    types,
    threads: 2,
    onFatal: (error) => deaths.push(error.message),
  });
  process.once('worker', (thread) => void thread.terminate());
  const searches = Array.from({ length: 20 }, () => reader.search(COSTLY, 1));
  expect((await Promise.all(searches)).length).toBe(20);
  await until(() => deaths.length > 0);
  await reader.close();
  expect(deaths).toEqual([expect.stringContaining('a search thread ended')]);
});
