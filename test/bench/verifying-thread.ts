/** A thread of `bare-verification.ts`: verifies its share of signatures whenever it is told to. */
import crypto from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { Verification } from './bare-verification.ts';

const verifications: readonly Verification[] = workerData;

parentPort!.on('message', () => {
  for (const { key, message, signature } of verifications) {
    if (!crypto.verify(null, message, key, signature)) {
      throw new Error('a signature does not verify');
    }
  }
  parentPort!.postMessage('verified');
});
