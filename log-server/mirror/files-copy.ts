/**
 * A mirror in a place of public files, a folder or a bucket: what static hosting serves as it stands.
 *
 * Files never change, so what is begun is written beside them, below `.mirror/<size that is shown>/`: the
 * checkpoint that is copied towards, and a mark for each 64 bundles that are here with all their tiles. Whoever
 * goes on believes these marks alone, and no file that he has not written. Two mirrors in one bucket work on
 * the same tree, then, and one of them replaces the checkpoint.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import type { KnownTree } from '#client/next-checkpoint.ts';
import type { VerifiedBundle } from '#client/verified-bundles.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { decodeUtf8, encodeUtf8 } from '#protocol/bytes.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import {
  decodeEntryBundle,
  encodeEntryBundle,
  hashesAtTileLevel,
  partialWidth,
  TILE_WIDTH,
  type TileId,
  tileIdPath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import {
  CONCURRENT_WRITES,
  type PublicFiles,
  PublicFilesError,
  type StoredCheckpoint,
} from '#service/public-files/public-files.ts';
import { TilePublicationError } from '../publishing/tile-publication.ts';
import { type MirrorCopy, MirrorError } from './copy.ts';
import { copySource } from './copy-source.ts';
import { inOrder } from './in-order.ts';

/** What is read again after a kill is less than this. */
const BUNDLES_OF_MARK = 64;
const LEAVES_OF_MARK = BUNDLES_OF_MARK * TILE_WIDTH;

export class FilesCopy implements MirrorCopy {
  readonly #files: PublicFiles;
  // Both owned by `#load`.
  #stored: StoredCheckpoint | undefined;
  #size = 0;

  private constructor(files: PublicFiles) {
    this.#files = files;
  }

  /** Takes a place over, to be closed with the copy. Rejects with `MirrorError('damaged')`, too. */
  static async open(files: PublicFiles): Promise<FilesCopy> {
    const copy = new FilesCopy(files);
    copy.#load(await files.checkpoint());
    await copy.#checkEdge();
    return copy;
  }

  get name(): string {
    return this.#files.name;
  }

  get shown(): string | undefined {
    return this.#stored?.note;
  }

  async known(): Promise<readonly KnownTree[]> {
    const notes = [this.shown, await this.#begun()];
    return notes.flatMap((note) => (note === undefined ? [] : [{ ...treeOf(note), note }]));
  }

  async begin({ note, checkpoint }: SignedCheckpoint): Promise<string> {
    const begun = await this.#begun();
    if (begun !== undefined) return begun;
    // Nothing is appended, also towards an empty tree where none is shown yet.
    if (checkpoint.size === this.#size) return note;
    try {
      await this.#files.put(this.#begunPath('checkpoint'), encodeUtf8(note));
      return note;
    } catch (error) {
      // Another mirror of this log was faster.
      const other = isDifferent(error) ? await this.#begun() : undefined;
      if (other === undefined) throw error;
      return other;
    }
  }

  async reached({ checkpoint }: SignedCheckpoint): Promise<number> {
    let marked = markOf(this.#size);
    let missing = markOf(checkpoint.size) + 1;
    while (missing - marked > 1) {
      const middle = Math.floor((marked + missing) / 2);
      const isHere = (await this.#files.read(this.#begunPath(String(middle)))) !== undefined;
      if (isHere) marked = middle;
      else missing = middle;
    }
    return Math.max(this.#size, marked * LEAVES_OF_MARK);
  }

  async append(bundles: AsyncIterable<VerifiedBundle>, onProgress: (size: number) => void) {
    const write = async (bundle: VerifiedBundle) => await this.#write(bundle);
    for await (const { index, entries } of inOrder(bundles, CONCURRENT_WRITES, write)) {
      const size = index * TILE_WIDTH + entries.length;
      if (size % LEAVES_OF_MARK === 0) {
        await this.#files.put(this.#begunPath(String(markOf(size))), encodeUtf8(`${size}\n`));
      }
      onProgress(size);
    }
  }

  async show({ note }: SignedCheckpoint): Promise<void> {
    const beside = this.#begunFolder;
    try {
      this.#load(await this.#files.replaceCheckpoint(note, this.#stored));
    } catch (error) {
      // By another mirror; what it shows is what is gone on from.
      if (isConflict(error)) this.#load(await this.#files.checkpoint());
      throw error;
    }
    await this.#files.removeBeneath(beside);
  }

  async keepEvidence(id: string, document: Uint8Array): Promise<string> {
    const path = `.mirror/evidence/${id.slice(0, 8)}.tecp-evidence.json`;
    await this.#files.put(path, document);
    return `${this.name}/${path}`;
  }

  /** A tile that has filled since has no partial ones any more. */
  readonly read: MirrorCopy['read'] = async ({ level, index, width }, size) => {
    for (const kept of [tileWidth(level, index, size), TILE_WIDTH]) {
      const bytes = await this.#read({ level, index, width: kept });
      if (bytes === undefined) continue;
      if (kept === width) return bytes;
      if (level !== 'entries') return bytes.subarray(0, width * HASH_BYTES);
      return encodeEntryBundle(decodeEntryBundle(bytes, kept).slice(0, width));
    }
    return undefined;
  };

  async close(): Promise<void> {
    this.#files.close();
  }

  #load(stored: StoredCheckpoint | undefined): void {
    this.#size = stored === undefined ? 0 : treeOf(stored.note).size;
    this.#stored = stored;
  }

  async #begun(): Promise<string | undefined> {
    const bytes = await this.#files.read(this.#begunPath('checkpoint'));
    return bytes && decodeUtf8(bytes);
  }

  get #begunFolder(): string {
    return `.mirror/${this.#size}`;
  }

  #begunPath(name: string): string {
    return `${this.#begunFolder}/${name}`;
  }

  /** Tiles first: where there is a bundle, all that it fills is here. */
  async #write({ index, entries, tiles }: VerifiedBundle): Promise<void> {
    for (const { level, index: at, hashes } of tiles) {
      await this.#put({ level, index: at, width: hashes.length }, Buffer.concat(hashes));
    }
    const id = { level: 'entries', index, width: entries.length } as const;
    await this.#put(id, encodeEntryBundle(entries));
  }

  async #put(tile: TileId, bytes: Uint8Array): Promise<void> {
    const path = tileIdPath(tile);
    await this.#files.put(path, bytes);
    if (tile.width === TILE_WIDTH && this.#wasPartial(tile)) {
      await this.#files.removeBeneath(`${path}.p`);
    }
  }

  #wasPartial({ level, index }: TileId): boolean {
    const tileLevel = level === 'entries' ? 0 : level;
    const edge = Math.floor(hashesAtTileLevel(tileLevel, this.#size) / TILE_WIDTH);
    return index === edge && partialWidth(tileLevel, this.#size) > 0;
  }

  async #read(tile: TileId): Promise<Uint8Array | undefined> {
    try {
      return await this.#files.read(tileIdPath(tile));
    } catch (error) {
      if (!(error instanceof PublicFilesError)) throw error;
      throw new TilePublicationError(error.message, { cause: error });
    }
  }

  /** Whether the newest tiles that it shows are here, and lead to the root: O(log size). */
  async #checkEdge(): Promise<void> {
    if (this.shown === undefined) return;
    const tree = treeOf(this.shown);
    if (tree.size === 0) return;
    try {
      await new VerifiedTree(copySource(this, tree.size), tree).read([
        { level: 0, index: tree.size - 1 },
      ]);
    } catch (error) {
      if (!isSourceFailure(error)) throw error;
      throw new MirrorError(
        'damaged',
        `${this.name} does not hold the tree of size ${tree.size} that its checkpoint is of: ${error.message}.`,
      );
    }
  }
}

function markOf(size: number): number {
  return Math.floor(size / LEAVES_OF_MARK);
}

function treeOf(note: string) {
  return parseCheckpoint(parseNote(note).text);
}

function isDifferent(error: unknown): boolean {
  return error instanceof PublicFilesError && error.kind === 'different';
}

function isConflict(error: unknown): boolean {
  return error instanceof PublicFilesError && error.kind === 'conflict';
}
