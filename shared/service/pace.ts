/**
 * Work on many things, spread over a time: so many at once, and so many in a second, so that whoever
 * is asked about ten thousand logs is not asked about all of them at once.
 */
import { monotonicMs, sleep } from './schedule.ts';

export interface Pace {
  readonly atOnce: number;
  readonly perSecond: number;
  readonly signal: AbortSignal;
}

/**
 * Calls `work` for each item, in their order. It ends early, after what has begun, when the signal is
 * aborted or `work` returns false. Rejects with the first failure, then begins nothing more.
 */
export async function paced<T>(
  items: readonly T[],
  { atOnce, perSecond, signal }: Pace,
  work: (item: T) => Promise<boolean>,
): Promise<void> {
  const startMs = monotonicMs();
  let next = 0;
  let isOver = false;
  const worker = async (): Promise<void> => {
    while (!isOver && !signal.aborted && next < items.length) {
      const index = next++;
      const waitMs = startMs + (1000 * (index - atOnce)) / perSecond - monotonicMs();
      if (waitMs > 0 && !(await sleep(waitMs, signal))) return;
      if (isOver) return;
      try {
        if (!(await work(items[index]!))) isOver = true;
      } catch (error) {
        isOver = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}
