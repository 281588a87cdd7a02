/**
 * Makes the stores of new logs, each once in its life.
 *
 * A log that had lost its store and began anew would give indices again that it has given
 * before. So starting never makes one, and this never touches one that is there.
 */
import { ConfigError } from '#service/errors.ts';
import type { LogServerConfig } from './config.ts';
import { checkDistinct } from './distinct.ts';
import { highWaterPath, identityOf, readLogKey } from './log-files.ts';
import { HighWaterMark } from './store/high-water.ts';
import { locateStore } from './store/open-store.ts';

/**
 * Makes the stores that are missing: a log may be added to a server that has others. Rejects
 * with `ConfigError` where there is none to make, and for keys and folders that do not fit.
 */
export async function initLog(config: LogServerConfig): Promise<void> {
  checkDistinct(config);
  const stores = config.logs.map((log) => ({ log, store: locateStore(log) }));
  const exists = await Promise.all(stores.map(({ store }) => store.exists()));
  const missing = stores.filter((_, i) => !exists[i]);
  if (missing.length === 0) {
    const names = stores.map(({ store }) => store.name).join(', ');
    throw new ConfigError(`There is a log database at ${names} already; start without --init.`);
  }
  for (const { log, store } of missing) {
    const identity = identityOf(readLogKey(log.key));
    const mark = await HighWaterMark.open(highWaterPath(log), identity.verifierKey);
    if (mark.mark !== undefined) {
      throw new ConfigError(
        `The high-water mark ${mark.path} is of this log, which is not new: restore ${store.name}.`,
      );
    }
    await store.create(identity);
    await mark.begin(undefined);
  }
}
