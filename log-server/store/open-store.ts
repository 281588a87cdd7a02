/** Which kinds of store there are: the one place outside their folders that knows any by name. */
import { ConfigError, PassingError } from '#service/errors.ts';
import { PostgresLocation } from './postgres/location.ts';
import { isPostgresUrl } from './postgres/url.ts';
import { SqliteLocation } from './sqlite/location.ts';
import {
  type LogIdentity,
  type LogStore,
  StoreError,
  type StoreLocation,
  type StoreState,
} from './store.ts';

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
  const location = locateStore(config);
  await settleIfArrived(location, identity);
  try {
    return await location.open(identity, onLost);
  } catch (error) {
    // What a process that was killed has left in a file can be read once it has been opened for writing.
    if (!(await settleIfArrived(location, identity))) throw error;
    return await location.open(identity, onLost);
  }
}

/**
 * `openStore` for an operator's command that nothing else may run beside. Where several processes may have the store open,
 * one that sequences would be fenced off and take the lease again: so it is left alone, and this rejects with
 * `ConfigError`.
 */
export async function openIdleStore(
  config: StoreConfig,
  identity: LogIdentity,
  onLost: (error: Error) => void,
): Promise<LogStore> {
  const location = locateStore(config);
  if (location.shared === undefined) return await openStore(config, identity, onLost);
  await settleIfArrived(location, identity);
  return await openIdle(location, identity, onLost);
}

/** `StoreLocation.open`, but rejects with `ConfigError` while another process, wherever it is, writes the store. */
export async function openIdle(
  location: StoreLocation,
  identity: LogIdentity,
  onLost: (error: Error) => void,
): Promise<LogStore> {
  if (location.shared === undefined) return await location.open(identity, onLost);
  const reader = await location.shared.openReader(identity);
  const { lease } = await reader.overview().finally(() => reader.close());
  if (!lease.isAbandoned) throw inUse(location.name);
  try {
    const wanted = { seen: lease.fencing, holder: NO_HOLDER };
    return await location.shared.take(identity, wanted, onLost);
  } catch (error) {
    const isTaken = error instanceof StoreError && error.kind === 'conflict';
    throw isTaken ? inUse(location.name) : error;
  }
}

/** Nobody is to hand over entries to a command. */
const NO_HOLDER = '';

function inUse(name: string): ConfigError {
  return new ConfigError(
    `A process has ${name} open and writes it: stop all that do first, on all machines.`,
  );
}

/**
 * The end of a move: a store that arrives is the log's from the moment on at which the one that it comes from says that
 * the log has moved here. Whoever was to say so here as well may have been killed in between. Where that cannot be
 * looked at, the store stays as it is, and says so when it is opened. Returns whether it was so.
 */
export async function settleIfArrived(
  location: StoreLocation,
  identity: LogIdentity,
): Promise<boolean> {
  const from = (await stateOf(() => location, identity))?.arrivingFrom;
  if (from === undefined) return false;
  const source = await stateOf(() => locateStore({ database: from }), identity);
  if (source?.movedTo !== location.name) return false;
  await location.settle(identity);
  return true;
}

async function stateOf(
  locate: () => StoreLocation,
  identity: LogIdentity,
): Promise<StoreState | undefined> {
  try {
    const reader = await locate().openReader(identity);
    try {
      return await reader.state();
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (error instanceof ConfigError || error instanceof PassingError) return undefined;
    throw error;
  }
}

/** Whether a log that is configured with this `database` is in a file. */
export function isFile(database: string): boolean {
  return !isPostgresUrl(database);
}

/** Where the store of a log is, whether it has been made or not. Throws `ConfigError`. */
export function locateStore({ database }: StoreConfig): StoreLocation {
  return isPostgresUrl(database) ? new PostgresLocation(database) : new SqliteLocation(database);
}
