/** A thread that says that it begins a long call of SQLite, and on standard error when that has ended. */
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { restAtEnd } from '#service/threads.ts';

const COUNT = `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000)
  SELECT count(*) FROM numbers`;

restAtEnd();
const count = new Database(':memory:').prepare(COUNT);
parentPort!.postMessage('begun');
count.get();
writeSync(2, 'thread: done\n');
