/** Which kinds of store there are: the one place outside their folders that knows any by name. */
import { PostgresLocation } from './postgres/location.ts';
import { isPostgresUrl } from './postgres/url.ts';
import { SqliteLocation } from './sqlite/location.ts';
import type { LogIdentity, LogStore, StoreLocation } from './store.ts';

export interface StoreConfig {
  /** The path of a file, or a URL of PostgreSQL. */
  readonly database: string;
}

/** The reader and the writer of a log: `StoreLocation.open`. */
export async function openStore(
  config: StoreConfig,
  identity: LogIdentity,
  onLost: (error: Error) => void,
): Promise<LogStore> {
  return await locateStore(config).open(identity, onLost);
}

/** Where the store of a log is, whether it has been made or not. Throws `ConfigError`. */
export function locateStore({ database }: StoreConfig): StoreLocation {
  return isPostgresUrl(database) ? new PostgresLocation(database) : new SqliteLocation(database);
}
