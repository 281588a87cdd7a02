/**
 * Grows a tree tile by tile (C2SP tlog-tiles): append leaf hashes, take the tiles that changed.
 *
 * Holds the partial tile at the right edge of each level and a compact range for the root, which is
 * all that appending needs: O(1) amortised, O(log size) memory. The sequencer, the monitor and the
 * audit build trees with this one class; they differ in what they do with the tiles.
 */
import { checkInteger } from '../arguments.ts';
import { CompactRange } from './compact-range.ts';
import type { Hash, LeafHash } from './hash.ts';
import {
  expandTile,
  hashesAtTileLevel,
  partialWidth,
  perfectSubtreeRoots,
  TILE_HEIGHT,
  TILE_WIDTH,
} from './tiles.ts';

export interface Tile {
  readonly level: number;
  readonly index: number;
  /** 1 to 256 hashes; 256 means that the tile is full and never changes again. */
  readonly hashes: readonly Hash[];
  /** The roots of each complete 16 of them: who keeps them hashes little for a proof later. */
  readonly middle: readonly Hash[];
}

/** A partial tile while it grows. */
interface Edge {
  readonly hashes: Hash[];
  readonly middle: Hash[];
}

/** Height within a tile of the nodes in `middle`. */
const MIDDLE_HEIGHT = TILE_HEIGHT / 2;

/** Returns the `width` hashes of a stored tile. Rejects if the tile is not there. */
export type TileReader = (level: number, index: number, width: number) => Promise<readonly Hash[]>;

export class TileBuilder {
  // Owned by this object alone. `#edge[L]` is the partial tile of level L, 0 to 255 hashes.
  #range: CompactRange;
  #edge: Edge[];
  // Tiles filled since the last `takeChanged`, and the levels whose partial tile has grown.
  #filled: Tile[] = [];
  #grown = new Set<number>();

  private constructor(range: CompactRange, edge: Edge[]) {
    this.#range = range;
    this.#edge = edge;
  }

  static empty(): TileBuilder {
    return new TileBuilder(CompactRange.empty(), []);
  }

  /** Continues a tree of `size` leaves, reading at most one partial tile for each level. */
  static async load(size: number, read: TileReader): Promise<TileBuilder> {
    checkInteger(size, 'size');
    const edge: Edge[] = [];
    const subtrees: Hash[][] = [];
    for (let level = 0; hashesAtTileLevel(level, size) > 0; level++) {
      const width = partialWidth(level, size);
      const index = Math.floor(hashesAtTileLevel(level, size) / TILE_WIDTH);
      const hashes = width === 0 ? [] : [...(await read(level, index, width))];
      const rows = expandTile(hashes);
      edge.push({ hashes, middle: rows[MIDDLE_HEIGHT]! });
      subtrees.unshift(perfectSubtreeRoots(rows));
    }
    return new TileBuilder(CompactRange.from(size, subtrees.flat()), edge);
  }

  get size(): number {
    return this.#range.size;
  }

  root(): Hash {
    return this.#range.root();
  }

  append(leaf: LeafHash): void {
    this.#range.append(leaf, this.#onSubtree);
  }

  /** Nodes of tiles are roots of perfect subtrees, and so are hashed once for the tiles and the range. */
  readonly #onSubtree = (root: Hash, height: number): void => {
    const level = Math.floor(height / TILE_HEIGHT);
    if (height % TILE_HEIGHT === MIDDLE_HEIGHT) this.#edge[level]!.middle.push(root);
    if (height % TILE_HEIGHT !== 0) return;
    if (level > 0) this.#fill(level - 1);
    this.#push(level, root);
  };

  /** Adds the next hash of a level. */
  #push(level: number, hash: Hash): void {
    if (this.#edge.length === level) this.#edge.push({ hashes: [], middle: [] });
    this.#edge[level]!.hashes.push(hash);
    this.#grown.add(level);
  }

  /** Takes away a tile whose root is known, so that it is full. */
  #fill(level: number): void {
    // The range counts the leaf once all of its subtrees are complete.
    const index = hashesAtTileLevel(level, this.#range.size + 1) / TILE_WIDTH - 1;
    this.#filled.push({ level, index, ...this.#edge[level]! });
    this.#edge[level] = { hashes: [], middle: [] };
    this.#grown.delete(level);
  }

  /** The tiles that were filled or have grown since the last call, each in its present width. */
  takeChanged(): Tile[] {
    const partial = [...this.#grown].sort().map((level) => this.#edgeTile(level));
    const changed = [...this.#filled, ...partial];
    this.#filled = [];
    this.#grown = new Set();
    return changed;
  }

  /** The partial tiles at the right edge, lowest level first: what `load` reads back. */
  partialTiles(): Tile[] {
    return this.#edge.flatMap(({ hashes }, level) =>
      hashes.length > 0 ? [this.#edgeTile(level)] : [],
    );
  }

  #edgeTile(level: number): Tile {
    const index = Math.floor(hashesAtTileLevel(level, this.size) / TILE_WIDTH);
    return { level, index, ...copyEdge(this.#edge[level]!) };
  }

  /** An independent copy without pending changes, for a batch whose commit may fail. */
  clone(): TileBuilder {
    return new TileBuilder(this.#range.clone(), this.#edge.map(copyEdge));
  }
}

function copyEdge({ hashes, middle }: Edge): Edge {
  return { hashes: [...hashes], middle: [...middle] };
}
