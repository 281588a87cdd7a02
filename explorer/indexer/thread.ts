/** The indexer's thread: owns the writer of the index, and follows all logs. What `Indexer` of the main thread calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { JUDGE_NOTHING } from '#client/entry-judge.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { JudgingThreads } from '#service/judging/judging-threads.ts';
import { politeSource } from '#service/polite-source.ts';
import { performCalls } from '#service/port-calls.ts';
import { restAtEnd } from '#service/threads.ts';
import { FAILURES } from '../index/failures.ts';
import type { IndexWriter } from '../index/search-index.ts';
import { openSqliteWriter } from '../index/sqlite/writer.ts';
import { LogFollower } from './log-follower.ts';
import type { IndexerCall, IndexerNews, IndexerThreadData, LogToIndex } from './messages.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { ReadingPlaces } from './reading-places.ts';

restAtEnd();
const { database, logs, news, ...settings } = workerData as IndexerThreadData;
/** Logs that are read at the same time, beside a slow one: of each at most 32 MiB, or eight bundles, are ahead. */
const PLACES = 3;
const SLOW_PLACES = 1;
/** A log that has a place for so long makes way for another one. */
const SLICE_MS = 5000;
/** For one file of a log that has a place. */
const ATTEMPTS = 3;

const tell = (message: IndexerNews) => news.postMessage(message);
const places = new ReadingPlaces(PLACES, SLICE_MS);
const slowPlaces = new ReadingPlaces(SLOW_PLACES, SLICE_MS);
const types = entryTypes(settings.entryTypes);
const judge =
  settings.entries === 'check' ? new JudgingThreads(types, settings.workers) : undefined;
let writer: IndexWriter | undefined;
let followers: readonly LogFollower[] = [];

async function open(): Promise<void> {
  writer = oneAtATime(openSqliteWriter(database, { types, judged: judge !== undefined }));
  followers = await Promise.all(logs.map(followerOf(writer)));
}

const followerOf = (writer: IndexWriter) => async (log: LogToIndex) => {
  const { origin, url, policyText } = log;
  return await LogFollower.open({
    origin,
    policy: parsePolicy(policyText),
    writer,
    judge: judge ?? JUDGE_NOTHING,
    places,
    slowPlaces,
    openSource: (signal) => {
      return politeSource({ url, timeoutMs: settings.timeoutMs, signal, attempts: ATTEMPTS });
    },
    intervalMs: settings.intervalMs,
    onStatus: (status) => tell({ status }),
    onNews: (trouble) => tell({ origin, trouble }),
    onFatal: (error) => {
      throw error;
    },
    now: Date.now,
  });
};

async function close(): Promise<void> {
  await Promise.all(followers.map((follower) => follower.stop()));
  await judge?.close();
  await writer?.close();
}

performCalls(parentPort!, FAILURES, async (call) => {
  switch (call as IndexerCall) {
    case 'open':
      await open();
      return { value: followers.map(({ status }) => status) };
    case 'follow':
      for (const follower of followers) follower.start();
      return {};
    case 'close':
      await close();
      return {};
  }
});
