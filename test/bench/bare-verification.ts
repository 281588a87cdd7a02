/**
 * What an audit is measured against: the bare Ed25519 verifications of the same signatures, on a thread for each
 * processor, by the library that this program uses and by `node:crypto` with imported keys. Whoever compares
 * takes the better one.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { parseReceipt } from '#protocol/receipt/receipt.ts';

export type Library = 'chosen' | 'node:crypto';

export interface Verification {
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export function verificationsOf(receipts: readonly Uint8Array[]): Verification[] {
  return receipts.map((bytes) => {
    const { publicKey, signedBytes, signature } = parseReceipt(bytes);
    return { key: publicKey, message: signedBytes, signature };
  });
}

/** One after the other, on a thread for each processor that has its share of them in its memory. */
export class VerifyingThreads {
  readonly #workers: readonly Worker[];

  constructor(verifications: readonly Verification[]) {
    const threads = availableParallelism();
    const share = Math.ceil(verifications.length / threads);
    this.#workers = Array.from({ length: threads }, (_, i) => {
      const workerData = verifications.slice(i * share, (i + 1) * share);
      return new Worker(new URL('./verifying-thread.ts', import.meta.url), { workerData });
    });
  }

  /** Rejects if a signature does not verify. */
  async verifyAll(library: Library): Promise<void> {
    await Promise.all(this.#workers.map((worker) => verifyShare(worker, library)));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function verifyShare(worker: Worker, library: Library): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.off('error', reject);
      resolve();
    });
    worker.postMessage(library);
  });
}
