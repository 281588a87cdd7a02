/**
 * Moves a log that does not run from one store into another, of whichever kind.
 *
 * The copy is read through and compared with all that the old store has before it counts, and is no store yet. The one
 * moment of the move is the commit in which the old store says where the log has gone: before it the old one is the
 * log's, and after it the new one, which looks there when it is opened. Killed at any moment, the same command goes on.
 */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { equalBytes } from '#protocol/bytes.ts';
import { ConfigError } from '#service/errors.ts';
import type { LogConfig } from '../config.ts';
import { identityOf, readLogKey } from '../log-files.ts';
import { isFile, locateStore, openIdleStore } from '../store/open-store.ts';
import type { LogIdentity, LogReader, StoreLocation } from '../store/store.ts';
import { checkStore } from './check-store.ts';
import type { LogCopyOptions } from './copies.ts';

export interface Migrated {
  readonly size: number;
  /** Whether the log had moved there before. */
  readonly before: boolean;
}

/** Signed checkpoints that are compared at a time. */
const PAGE = 256;

/** Rejects with `ConfigError` or `StoreError`. `to` is as `database` in a configuration. */
export async function migrateLog(
  log: Pick<LogConfig, 'key' | 'database'>,
  to: string,
  options: LogCopyOptions,
): Promise<Migrated> {
  const identity = identityOf(readLogKey(log.key));
  const database = isFile(to) ? resolve(to) : to;
  const [source, target] = [locateStore(log), locateStore({ database })];
  if (source.name === target.name) throw new ConfigError(`The log is at ${target.name} already.`);
  const before = await hasMoved(source, target, identity);
  if (!before) await move(log.database, database, identity, options);
  await target.settle(identity);
  const reader = await target.openReader(identity);
  try {
    return { size: (await reader.treeHead()).size, before };
  } finally {
    await reader.close();
  }
}

/** Rejects with `ConfigError` if it has, but elsewhere. */
async function hasMoved(
  source: StoreLocation,
  target: StoreLocation,
  identity: LogIdentity,
): Promise<boolean> {
  const reader = await source.openReader(identity);
  try {
    const { movedTo } = await reader.state();
    if (movedTo === undefined || movedTo === target.name) return movedTo !== undefined;
    throw new ConfigError(`The log has moved from ${source.name} to ${movedTo} before.`);
  } finally {
    await reader.close();
  }
}

/** Nobody can write from the copy on to the end, as this has the lease. */
async function move(
  from: string,
  to: string,
  identity: LogIdentity,
  options: LogCopyOptions,
): Promise<void> {
  const [source, target] = [from, to].map((database) => locateStore({ database }));
  let lost: Error | undefined;
  const store = await openIdleStore({ database: from }, identity, (error) => {
    lost = error;
  });
  try {
    const check = (copy: LogReader) => checkSame(store.reader, copy, options.onChecked);
    if (await target!.exists()) await checkLeft(source!, target!, identity, check);
    else await copy(source!, target!, identity, copyPlace(from, to), { ...options, check });
    await store.writer.moveTo(target!.name);
  } catch (error) {
    throw lost ?? error;
  } finally {
    await store.close();
  }
}

/** Beside the file that one of them is: there is room for a log. */
function copyPlace(...databases: readonly string[]): string {
  const file = databases.toReversed().find(isFile);
  return file === undefined ? join(tmpdir(), `tecp-migrate-${process.pid}`) : `${file}.migrating`;
}

async function copy(
  source: StoreLocation,
  target: StoreLocation,
  identity: LogIdentity,
  file: string,
  options: Pick<LogCopyOptions, 'onProgress'> & { check: (copy: LogReader) => Promise<void> },
): Promise<void> {
  const { onProgress, check } = options;
  try {
    // Compared once, in the store that it becomes.
    const unchecked = { onProgress, check: async () => undefined, replace: true };
    await source.backUp(identity, file, unchecked);
    await target.restore(identity, file, { onProgress, check, arrivingFrom: source.name });
  } finally {
    rmSync(file, { force: true });
  }
}

/** What a run that was stopped has left is taken if it is what would be copied now. */
async function checkLeft(
  source: StoreLocation,
  target: StoreLocation,
  identity: LogIdentity,
  check: (copy: LogReader) => Promise<void>,
): Promise<void> {
  const reader = await target.openReader(identity);
  try {
    const { arrivingFrom } = await reader.state();
    if (arrivingFrom !== source.name) {
      throw new ConfigError(`There is a log at ${target.name}, which stays as it is.`);
    }
    await check(reader);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(`${error.message} Nothing was moved; name another place, or remove it.`);
  } finally {
    await reader.close();
  }
}

/** Rejects with `ConfigError` unless the copy is whole, and has all that the store has. */
async function checkSame(
  store: LogReader,
  copy: LogReader,
  onChecked: LogCopyOptions['onChecked'],
): Promise<void> {
  const [head, copied] = [await store.treeHead(), await checkStore(copy, onChecked)];
  const isSameTree = head.size === copied.size && equalBytes(head.root, copied.root);
  if (!isSameTree) throw differs('tree');
  for (let after = -1; ; ) {
    const [signed, theirs] = [
      await store.signedAfter(after, PAGE),
      await copy.signedAfter(after, PAGE),
    ];
    const isSame = signed.every(({ note }, i) => note === theirs[i]?.note);
    if (!isSame || signed.length !== theirs.length) throw differs('signed checkpoints');
    if (signed.length < PAGE) break;
    after = signed.at(-1)!.size;
  }
  for (let covered = 0; ; ) {
    const [anchor, theirs] = [
      await store.anchorCovering(covered),
      await copy.anchorCovering(covered),
    ];
    if (anchor?.note !== theirs?.note) throw differs('anchors');
    if (anchor === undefined) break;
    covered = anchor.size;
  }
  if ((await store.published()) !== (await copy.published())) throw differs('published checkpoint');
  const [state, theirState] = [await store.state(), await copy.state()];
  if (state.isFrozen !== theirState.isFrozen) throw differs('end');
}

function differs(what: string): ConfigError {
  return new ConfigError(`The copy has another ${what} than the log.`);
}
