/**
 * A log's public files in a bucket or a folder, beside its store: tiles and bundles before a checkpoint is
 * signed, the checkpoint when it is published. Whoever reads there needs no server of the log; those who ask one
 * are served out of the store.
 *
 * How far the place is, is known from its own checkpoint, so a start reads nothing else of it. Two processes
 * may publish at once for a moment, as when one takes over from another: both write the same tiles.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import type { TileId } from '#protocol/merkle/tiles.ts';
import { type Checkpoint, logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import {
  type PublicFiles,
  PublicFilesError,
  type StoredCheckpoint,
} from '#service/public-files/public-files.ts';
import { TileWriter } from '#service/public-files/tile-writer.ts';
import type { LogReader } from '../store/store.ts';
import { StoreTiles, type TilePublication, TilePublicationError } from './tile-publication.ts';
import { LostTreeError } from './witness-feed.ts';

export interface FilesPublicationOptions {
  readonly files: PublicFiles;
  readonly store: LogReader;
  /** The log's key. */
  readonly key: VerifierKey;
  /** Root of the first `size` leaves of the store, which has at least as many. */
  readonly rootAt: (size: number) => Promise<Hash>;
}

/** Tiles stand there before they are signed: a database that then loses its last entries gets others in their place. */
const LEFT_OVER =
  'It is of entries that this database does not have. If it lost them before they were signed, as at a failover ' +
  'to a standby that had not followed, remove the file; docs/BACKUP_RECOVERY.md says how to know.';

/** A checkpoint that was replaced by others each time that it was read means more than a change of processes. */
const MAX_CONFLICTS = 5;

export class FilesPublication implements TilePublication {
  readonly #options: FilesPublicationOptions;
  readonly #stored: StoreTiles;
  // Both owned by `publish` and `show`, which do not overlap.
  #writer: TileWriter | undefined;
  #shown: StoredCheckpoint | undefined;

  constructor(options: FilesPublicationOptions) {
    this.#options = options;
    this.#stored = new StoreTiles(options.store);
  }

  async publish(size: number, signal?: AbortSignal): Promise<void> {
    await passing(async () => {
      this.#writer ??= await this.#begin(size);
      await this.#writer.publish(size, signal && { signal });
    });
  }

  async show(note: string): Promise<void> {
    await passing(() => this.#show(note));
  }

  async read(tile: TileId, _size: number): Promise<Uint8Array | undefined> {
    return await this.#stored.read(tile);
  }

  close(): void {
    this.#options.files.close();
  }

  /** Under a checkpoint of the place is everything; beyond it there may be something, or not. */
  async #begin(size: number): Promise<TileWriter> {
    const { files, rootAt } = this.#options;
    this.#shown = await files.checkpoint();
    const tree = this.#shown && this.#treeOf(this.#shown);
    if (tree !== undefined) {
      const isOurs = tree.size <= size && equalBytes(await rootAt(tree.size), tree.root);
      if (!isOurs) throw lostTree(files, tree);
    }
    return new TileWriter(files, this.#stored, tree?.size ?? 0);
  }

  async #show(note: string): Promise<void> {
    const { files } = this.#options;
    const { size } = this.#treeOf({ note });
    for (let conflicts = 0; ; conflicts++) {
      if (this.#shown !== undefined && this.#treeOf(this.#shown).size > size) return;
      try {
        this.#shown = await files.replaceCheckpoint(note, this.#shown);
        return;
      } catch (error) {
        const isConflict = error instanceof PublicFilesError && error.kind === 'conflict';
        if (!isConflict || conflicts === MAX_CONFLICTS) throw error;
        this.#shown = await files.checkpoint();
      }
    }
  }

  #treeOf({ note }: Pick<StoredCheckpoint, 'note'>): Checkpoint {
    const { files, key } = this.#options;
    try {
      return openCheckpoint(note, logOf(key)).checkpoint;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const detail = `${files.name} has a checkpoint that is not of ${key.name}: ${error.message}`;
      throw new TilePublicationError(detail, { cause: error });
    }
  }
}

function lostTree({ name }: PublicFiles, { size }: Checkpoint): LostTreeError {
  return new LostTreeError(
    `${name} has a checkpoint of size ${size} with this log's signature that is not of the tree in ` +
      'this database. The database was rolled back, or someone else signs with this key',
  );
}

async function passing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // The same in the words of this contract: as a cause it would be logged twice.
    if (!(error instanceof PublicFilesError)) throw error;
    const advice = error.kind === 'different' ? ` ${LEFT_OVER}` : '';
    throw new TilePublicationError(`${error.message}${advice}`);
  }
}
