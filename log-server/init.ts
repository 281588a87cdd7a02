/**
 * Makes the databases of new logs, each once in its life.
 *
 * A log that had lost its database and began anew would give indices again that it has given
 * before. So starting never makes one, and this never touches one that is there.
 */
import { ConfigError } from '#service/errors.ts';
import { databaseExists } from '#service/sqlite.ts';
import type { LogServerConfig } from './config.ts';
import { checkDistinct } from './distinct.ts';
import { highWaterPath, identityOf, readLogKey } from './log-files.ts';
import { HighWaterMark } from './store/high-water.ts';
import { SqliteWriter } from './store/sqlite-writer.ts';

/**
 * Makes the databases that are missing: a log may be added to a server that has others. Rejects
 * with `ConfigError` where there is none to make, and for keys and folders that do not fit.
 */
export async function initLog(config: LogServerConfig): Promise<void> {
  checkDistinct(config);
  const { logs } = config;
  const missing = logs.filter(({ database }) => !databaseExists(database));
  if (missing.length === 0) {
    const paths = logs.map(({ database }) => database).join(', ');
    throw new ConfigError(`There is a log database at ${paths} already; start without --init.`);
  }
  for (const log of missing) {
    const identity = identityOf(readLogKey(log.key));
    const mark = await HighWaterMark.open(highWaterPath(log), identity.verifierKey);
    if (mark.mark !== undefined) {
      throw new ConfigError(
        `The high-water mark ${mark.path} is of this log, which is not new: restore ${log.database}.`,
      );
    }
    await SqliteWriter.create(log.database, identity).close();
    await mark.begin(undefined);
  }
}
