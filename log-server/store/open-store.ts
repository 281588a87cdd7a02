/** Which kinds of store there are: the one place outside their folders that knows any by name. */
import type { LogConfig } from '../config.ts';
import { SqliteLocation } from './sqlite/location.ts';
import type { LogIdentity, LogStore, StoreLocation } from './store.ts';

type StoreConfig = Pick<LogConfig, 'database'>;

/** The reader and the writer of a log: `StoreLocation.open`. */
export async function openStore(
  config: StoreConfig,
  identity: LogIdentity,
  onLost: (error: Error) => void,
): Promise<LogStore> {
  return await locateStore(config).open(identity, onLost);
}

/** Where the store of a log is, whether it has been made or not. */
export function locateStore({ database }: StoreConfig): StoreLocation {
  return new SqliteLocation(database);
}
