/** How many signatures a provider of Ed25519 verifies in a second, on one thread or on as many as there are cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** By the names that `verifying-worker.ts` knows them by. */
export const PROVIDERS = ['node:crypto', 'libsodium', 'noble'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

export async function verificationsPerSecond(
  provider: ProviderName,
  seconds: number,
  threads = availableParallelism(),
): Promise<{ perSecond: number; us: number }> {
  const workers = Array.from({ length: threads }, () => verifying(provider, seconds));
  const counts = await Promise.all(workers);
  const perSecond = counts.reduce((sum, { count, wall }) => sum + count / wall, 0);
  return { perSecond, us: counts[0]!.us };
}

interface Verified {
  readonly count: number;
  /** Seconds. */
  readonly wall: number;
  readonly us: number;
}

function verifying(provider: ProviderName, seconds: number): Promise<Verified> {
  const workerData = { provider, seconds };
  const worker = new Worker(new URL('./verifying-worker.ts', import.meta.url), { workerData });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
