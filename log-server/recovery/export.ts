/**
 * A log's public files in another place (C2SP tlog-tiles), as far as it has published: a mirror, which the
 * next export carries on. The log may run meanwhile.
 *
 * The checkpoint is written last, so a reader who has it finds all that is under it.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import { openPublicFiles } from '#service/public-files/open-public-files.ts';
import {
  type PublicFiles,
  PublicFilesError,
  type StoredCheckpoint,
} from '#service/public-files/public-files.ts';
import { TileWriter } from '#service/public-files/tile-writer.ts';
import type { LogConfig } from '../config.ts';
import { identityOf, readLogKey } from '../log-files.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { locateStore } from '../store/open-store.ts';
import { createTileCache, TreeReader } from '../store/tree-reader.ts';

export interface Exported {
  /** Leaves that the place had before, and has now. */
  readonly from: number;
  readonly to: number;
}

/** `place` is as for `openPublicFiles`. Rejects with `ConfigError`, also where it is of another tree, and `PassingError`. */
export async function exportLog(
  log: Pick<LogConfig, 'key' | 'database'>,
  place: string,
  onProgress: (size: number, to: number) => void,
): Promise<Exported> {
  const key = readLogKey(log.key);
  const { verifier } = key;
  const reader = await locateStore(log).openReader(identityOf(key));
  let files: PublicFiles | undefined;
  try {
    const published = await reader.published();
    if (published === undefined) throw new ConfigError('The log has published nothing yet.');
    files = openPublicFiles(place);
    const { checkpoint } = openCheckpoint(published, logOf(verifier));
    const stored = await files.checkpoint();
    const before = stored && treeOf(stored, files, verifier);
    const tree = new TreeReader(reader, verifier.name, createTileCache());
    if (before !== undefined) {
      const isOurs =
        before.size <= checkpoint.size && equalBytes(await tree.rootAt(before.size), before.root);
      if (!isOurs) {
        throw new ConfigError(
          `${files.name} holds a tree of size ${before.size} that is not in this log, whose tree has size ` +
            `${checkpoint.size}: it has gone back ("tecp log recover"), or the place is of another one.`,
        );
      }
    }
    const from = before?.size ?? 0;
    const tiles = new TileWriter(files, new StoreTiles(reader), from);
    await tiles.publish(checkpoint.size, {
      onProgress: (size) => onProgress(size, checkpoint.size),
    });
    await files.replaceCheckpoint(published, stored);
    return { from, to: checkpoint.size };
  } catch (error) {
    throw error instanceof PublicFilesError ? error.forOperator() : error;
  } finally {
    files?.close();
    await reader.close();
  }
}

function treeOf(
  { note }: StoredCheckpoint,
  { name }: PublicFiles,
  verifier: Parameters<typeof logOf>[0],
) {
  try {
    return openCheckpoint(note, logOf(verifier)).checkpoint;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`${name} is no mirror of ${verifier.name}: ${error.message}.`);
  }
}
