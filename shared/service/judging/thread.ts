/** A thread of `JudgingThreads`: judges one bundle after the other by the entry types that it was given. */
import { parentPort, workerData } from 'node:worker_threads';
import { faultsOf } from '#client/entry-judge.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { decodeEntryBundle } from '#protocol/merkle/tiles.ts';
import { restAtEnd } from '../threads.ts';
import type { JudgedMessage, JudgingThreadData, ToJudge } from './judging-threads.ts';

restAtEnd();
const port = parentPort!;
const types = entryTypes((workerData as JudgingThreadData).types);

port.on('message', ({ bundle, count }: ToJudge) => {
  const faults = faultsOf(decodeEntryBundle(bundle, count), types);
  port.postMessage(faults satisfies JudgedMessage);
});
