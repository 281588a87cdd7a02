/** A thread that searches: what `SearchThread` of the other thread calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { entryTypes } from '#protocol/entry/registry.ts';
import { performCalls } from '#service/port-calls.ts';
import { restAtEnd } from '#service/threads.ts';
import { FAILURES } from '../failures.ts';
import type { IndexReader } from '../search-index.ts';
import { openSqliteReader } from './reader.ts';
import type { SearchCall, SearchThreadData } from './search-threads.ts';

restAtEnd();
const { path, types } = workerData as SearchThreadData;
let reader: IndexReader | undefined;

performCalls(parentPort!, FAILURES, async (call) => {
  if (call === 'open') reader = openSqliteReader(path, { types: entryTypes(types) });
  else if (call === 'close') await reader?.close();
  else return { value: await reader!.search(...(call as SearchCall)) };
  return {};
});
