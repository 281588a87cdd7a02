/** Has a log grow and be cosigned again and again, so that nothing of it grows old by itself. */
import { sleep } from '#service/schedule.ts';
import type { Member } from './honest.ts';
import type { LyingLog } from './liars/log.ts';
import type { Remote } from './liars/remote.ts';

const INTERVAL_MS = 1000;

/** Whoever takes long, or does not answer, keeps nobody else waiting. Returns what ends it. */
export function keepFresh(
  log: Remote<LyingLog>,
  witnesses: readonly Pick<Member, 'url'>[],
): () => Promise<void> {
  const over = new AbortController();
  const busy = new Set<string>();
  const offer = async (url: string): Promise<void> => {
    if (busy.has(url)) return;
    busy.add(url);
    // What a liar does with it is its own affair.
    await log.offer('a', url).catch(() => undefined);
    busy.delete(url);
  };
  const loop = (async () => {
    do {
      await log.append(1, 'a').catch(() => undefined);
      const [...urls] = witnesses.map(({ url }) => url);
      // Those that answer are done before the log grows again.
      await Promise.race([Promise.all(urls.map(offer)), sleep(INTERVAL_MS, over.signal)]);
    } while (await sleep(INTERVAL_MS, over.signal));
  })();
  return async () => {
    over.abort();
    await loop;
  };
}
