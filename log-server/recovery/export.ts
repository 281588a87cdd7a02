/**
 * A log's public files in a folder (C2SP tlog-tiles), as far as it has published: a mirror, which the next
 * export carries on. The log may run meanwhile.
 *
 * The checkpoint is written last, so a reader who has it finds all that is under it.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { readBoundedFile } from '#service/bounded-file.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { ConfigError, errorCode, fileError } from '#service/errors.ts';
import type { LogConfig } from '../config.ts';
import { identityOf, readLogKey } from '../log-files.ts';
import { TileFolder } from '../publishing/tile-folder.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { locateStore } from '../store/open-store.ts';
import { createTileCache, TreeReader } from '../store/tree-reader.ts';

export interface Exported {
  /** Leaves that the folder had before, and has now. */
  readonly from: number;
  readonly to: number;
}

/** Rejects with `ConfigError`, also for a folder that is of another tree, and `PassingError`. */
export async function exportLog(
  log: Pick<LogConfig, 'key' | 'database'>,
  folder: string,
  onProgress: (size: number, to: number) => void,
): Promise<Exported> {
  const key = readLogKey(log.key);
  const { verifier } = key;
  const reader = await locateStore(log).openReader(identityOf(key));
  let lock: DatabaseLock | undefined;
  try {
    const published = await reader.published();
    if (published === undefined) throw new ConfigError('The log has published nothing yet.');
    await mkdir(folder, { recursive: true });
    lock = DatabaseLock.acquire(join(folder, '.export'));
    const { checkpoint } = openCheckpoint(published, logOf(verifier));
    const before = readCheckpoint(folder, verifier);
    const tree = new TreeReader(reader, verifier.name, createTileCache());
    if (before !== undefined) {
      const isOurs =
        before.size <= checkpoint.size && equalBytes(await tree.rootAt(before.size), before.root);
      if (!isOurs) {
        throw new ConfigError(
          `${folder} holds a tree of size ${before.size} that is not in this log, whose tree has size ` +
            `${checkpoint.size}: it has gone back ("tecp log recover"), or the folder is of another one.`,
        );
      }
    }
    const from = before?.size ?? 0;
    const tiles = new TileFolder(folder, new StoreTiles(reader), from);
    await tiles.publish(checkpoint.size, (size) => onProgress(size, checkpoint.size));
    await tiles.show(published);
    return { from, to: checkpoint.size };
  } catch (error) {
    const isFileError =
      errorCode(error) !== undefined && error instanceof Error && 'syscall' in error;
    throw isFileError ? fileError(`Cannot write to ${folder}`, error) : error;
  } finally {
    lock?.release();
    await reader.close();
  }
}

function readCheckpoint(folder: string, verifier: Parameters<typeof logOf>[0]) {
  const path = join(folder, 'checkpoint');
  if (!existsSync(path)) return undefined;
  const note = readBoundedFile(path, 'the checkpoint', MAX_NOTE_BYTES).toString();
  try {
    return openCheckpoint(note, logOf(verifier)).checkpoint;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`${folder} is no mirror of ${verifier.name}: ${error.message}.`);
  }
}
