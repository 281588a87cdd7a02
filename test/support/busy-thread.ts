/**
 * A thread that says that it begins a long call of SQLite, and on standard error when that has ended. With `others`
 * in its data it has threads of its own, which do nothing.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { encodeEntryBundle } from '#protocol/merkle/tiles.ts';
import type { JudgingThreadData, ToJudge } from '#service/judging/judging-threads.ts';
import { restAtEnd, startThread } from '#service/threads.ts';

const COUNT = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000)
  SELECT count(*) FROM numbers`;
const IDLE = new URL('../../shared/service/judging/thread.ts', import.meta.url);

restAtEnd();
// As other threads do, it lives on when it has nothing to do.
parentPort!.on('message', () => undefined);
for (let i = 0; i < (workerData?.others ?? 0); i++) {
  const data: JudgingThreadData = { types: ['opaque'] };
  const other = startThread(IDLE, { execArgv: [], workerData: data });
  other.postMessage({ bundle: encodeEntryBundle([]), count: 0 } satisfies ToJudge);
  await once(other, 'message');
}
const count = new Database(':memory:').prepare(COUNT);
parentPort!.postMessage('begun');
count.get();
writeSync(2, 'thread: done\n');
