/**
 * What an audit is measured against: the bare Ed25519 verifications of the same signatures with imported keys,
 * in the two ways that Node.js has to use all processors. Whoever compares takes the better one.
 */
import crypto, { type KeyObject } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';

export interface Verification {
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}

export function verificationsOf(receipts: readonly Uint8Array[]): Verification[] {
  const keys = new Map<string, KeyObject>();
  return receipts.map((bytes) => {
    const { publicKey, signedBytes, signature, receipt } = parseReceipt(bytes);
    const raw = { format: 'raw-public', asymmetricKeyType: 'ed25519' } as const;
    const known = keys.get(receipt.pubkey);
    const key = known ?? crypto.createPublicKey({ key: Buffer.from(publicKey), ...raw });
    keys.set(receipt.pubkey, key);
    return { key, message: signedBytes, signature };
  });
}

/** On the threads of libuv's pool, as many at once as a walk has of a bundle. */
export async function verifyInPool(verifications: readonly Verification[]): Promise<void> {
  for (let i = 0; i < verifications.length; i += TILE_WIDTH) {
    const some = verifications.slice(i, i + TILE_WIDTH);
    const valid = await Promise.all(some.map(verify));
    if (!valid.every(Boolean)) throw new Error('a signature does not verify');
  }
}

function verify({ key, message, signature }: Verification): Promise<boolean> {
  return new Promise((resolve, reject) => {
    crypto.verify(null, message, key, signature, (error, isValid) => {
      if (error === null) resolve(isValid);
      else reject(error);
    });
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
  async verifyAll(): Promise<void> {
    await Promise.all(this.#workers.map(verifyShare));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function verifyShare(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', () => {
      worker.off('error', reject);
      resolve();
    });
    worker.postMessage('verify');
  });
}
