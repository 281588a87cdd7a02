/**
 * Reads nodes of a log's tree from untrusted tiles, authenticated against one known root.
 *
 * The partial tiles at the right edge must lead to the root; a full tile must have the root that
 * its parent tile holds for it. So a node that this returns is a node of the tree under that root,
 * and proofs made from it are about that tree, whoever served the tiles.
 */
import { LRUCache } from 'lru-cache';
import { checkInteger } from '#protocol/arguments.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { checkHash, type Hash } from '#protocol/merkle/hash.ts';
import { foldSubtrees, type NodeId, type NodeReader } from '#protocol/merkle/proof.ts';
import {
  decodeTile,
  expandTile,
  hashesAtTileLevel,
  partialWidth,
  perfectSubtreeRoots,
  TILE_HEIGHT,
  TILE_WIDTH,
  tileOfNode,
  tilePath,
  tileWidth,
} from '#protocol/merkle/tiles.ts';
import { RemoteError } from './http.ts';
import type { TileSource } from './tile-source.ts';

/** A tile that is not part of the tree under the root it was read for. */
export class TileMismatchError extends Error {
  override readonly name = 'TileMismatchError';
  readonly path: string;

  constructor(path: string) {
    super(`${path} does not belong to the tree`);
    this.path = path;
  }
}

/** Whether a read failed by what the source did, or did not do: a failure that shows nothing. */
export function isSourceFailure(error: unknown): error is Error {
  return (
    error instanceof RemoteError ||
    error instanceof TileMismatchError ||
    error instanceof ProtocolError
  );
}

type Rows = Hash[][];

/** Expanded tiles kept, about 100 KiB each: enough for the paths of a hundred leaves. */
const MAX_CACHED_TILES = 128;

export class VerifiedTree {
  readonly size: number;
  readonly root: Hash;
  readonly #source: TileSource;
  // Owned here: verified tiles being read or already read.
  readonly #tiles = new LRUCache<string, Promise<Rows>>({ max: MAX_CACHED_TILES });
  #edge: Promise<Rows[]> | undefined;

  constructor(source: TileSource, tree: { readonly size: number; readonly root: Hash }) {
    checkInteger(tree.size, 'size');
    checkHash(tree.root, 'root');
    this.#source = source;
    this.size = tree.size;
    this.root = tree.root;
  }

  /** Rejects with `TileMismatchError`, or with whatever the source fails with. */
  readonly read: NodeReader = async (nodes) => await Promise.all(nodes.map((n) => this.#node(n)));

  async #node({ level, index }: NodeId): Promise<Hash> {
    const { tileLevel, tileIndex, height, position } = tileOfNode(level, index);
    const rows = await this.#tile(tileLevel, tileIndex);
    const hash = rows[height]![position];
    if (hash === undefined) throw new RangeError(`node ${level}/${index} is not in the tree`);
    return hash;
  }

  async #tile(level: number, index: number): Promise<Rows> {
    const width = tileWidth(level, index, this.size);
    if (width === 0) throw new RangeError(`tile ${level}/${index} is not in the tree`);
    if (width < TILE_WIDTH) return (await this.#rightEdge())[level]!;
    const key = `${level}/${index}`;
    const known = this.#tiles.get(key);
    if (known !== undefined) return await known;
    const tile = this.#fullTile(level, index);
    tile.catch(() => this.#tiles.delete(key));
    this.#tiles.set(key, tile);
    return await tile;
  }

  async #fetch(level: number, index: number, width: number): Promise<Rows> {
    return expandTile(decodeTile(await this.#source.tile(level, index, width), width));
  }

  async #fullTile(level: number, index: number): Promise<Rows> {
    const [rows, parent] = await Promise.all([
      this.#fetch(level, index, TILE_WIDTH),
      this.#tile(level + 1, Math.floor(index / TILE_WIDTH)),
    ]);
    if (!equalBytes(rows[TILE_HEIGHT]![0]!, parent[0]![index % TILE_WIDTH]!)) {
      throw new TileMismatchError(tilePath(level, index, TILE_WIDTH));
    }
    return rows;
  }

  /** The partial tile of each level (no rows where it has none), checked against the root. */
  async #rightEdge(): Promise<Rows[]> {
    this.#edge ??= this.#readRightEdge();
    this.#edge.catch(() => {
      this.#edge = undefined;
    });
    return await this.#edge;
  }

  async #readRightEdge(): Promise<Rows[]> {
    const fetches: Promise<Rows>[] = [];
    for (let level = 0; hashesAtTileLevel(level, this.size) > 0; level++) {
      const width = partialWidth(level, this.size);
      const index = Math.floor(hashesAtTileLevel(level, this.size) / TILE_WIDTH);
      fetches.push(width === 0 ? Promise.resolve([]) : this.#fetch(level, index, width));
    }
    const edge = await Promise.all(fetches);
    const subtrees = edge.toReversed().flatMap(perfectSubtreeRoots);
    if (!equalBytes(foldSubtrees(subtrees), this.root)) {
      throw new TileMismatchError(this.#lowestEdgePath());
    }
    return edge;
  }

  /** Path of the partial tile of the lowest level that has one: any of them may be the wrong one. */
  #lowestEdgePath(): string {
    let level = 0;
    while (partialWidth(level, this.size) === 0) level++;
    const index = Math.floor(hashesAtTileLevel(level, this.size) / TILE_WIDTH);
    return tilePath(level, index, partialWidth(level, this.size));
  }
}
