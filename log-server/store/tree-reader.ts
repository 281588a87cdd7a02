/**
 * Nodes and proofs of the log's own tree, from its stored strips.
 *
 * Expanded strips are cached, in one cache for all logs of a process: recent submissions share the few
 * strips at the right edge, so a proof for a fresh entry reads nothing from the store and hashes
 * almost nothing. One for an old entry reads a strip for every four levels of the tree, of which all
 * but the lowest two are in the cache as a rule, and hashes 15 nodes for each.
 *
 * Of a strip is kept only what the tree has that was asked for, which somebody has signed: leaves beyond it may be lost
 * with a database's primary, and others come in their place.
 */
import { LRUCache } from 'lru-cache';
import { concatBytes } from '#protocol/bytes.ts';
import { asHash, HASH_BYTES, type Hash } from '#protocol/merkle/hash.ts';
import { consistencyProof, inclusionProof, type NodeId, treeRoot } from '#protocol/merkle/proof.ts';
import { decodeTile, expandTile } from '#protocol/merkle/tiles.ts';
import { type LogReader, StoreError } from './store.ts';
import { STRIP_WIDTH, stripOfNode } from './strips.ts';

/** About 1.3 KiB each, so 16 MiB in all. */
const MAX_EXPANDED_STRIPS = 12_288;

/** All complete nodes of a strip in one buffer: as single arrays they would take ten times as much. */
interface ExpandedStrip {
  readonly nodes: Uint8Array;
  /** For each height the place of its first node, counted in nodes; one more for the end. */
  readonly rowStarts: readonly number[];
}

function packRows(rows: readonly (readonly Hash[])[]): ExpandedStrip {
  const rowStarts = [0];
  for (const row of rows) rowStarts.push(rowStarts.at(-1)! + row.length);
  return { nodes: concatBytes(...rows.flat()), rowStarts };
}

/** The node, or undefined if the strip is not wide enough yet to have it. */
function nodeOf(strip: ExpandedStrip, height: number, position: number): Hash | undefined {
  const at = strip.rowStarts[height]! + position;
  if (at >= strip.rowStarts[height + 1]!) return undefined;
  return asHash(strip.nodes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** By log, level and index. A partial strip is read again when a node beyond its width is needed. */
export type TileCache = LRUCache<string, ExpandedStrip>;

/** `sharers` are the threads that have a cache each, and so a share of the memory. */
export function createTileCache(sharers = 1): TileCache {
  return new LRUCache({ max: Math.ceil(MAX_EXPANDED_STRIPS / sharers) });
}

export class TreeReader {
  readonly #store: LogReader;
  readonly #origin: string;
  readonly #strips: TileCache;
  /** Strips being read, by the same key. Owned by `#load`. */
  readonly #loading = new Map<string, Promise<ExpandedStrip>>();

  /** `origin` is that of the log, which tells its strips from those of others in the cache. */
  constructor(store: LogReader, origin: string, strips: TileCache) {
    this.#store = store;
    this.#origin = origin;
    this.#strips = strips;
  }

  /** Rejects with RangeError if index >= size, `StoreError` if the tree is not that large. */
  async inclusionProof(index: number, size: number): Promise<Hash[]> {
    return await inclusionProof((nodes) => this.#nodes(nodes, size), index, size);
  }

  /** Rejects with RangeError if oldSize > newSize, `StoreError` if the tree is not that large. */
  async consistencyProof(oldSize: number, newSize: number): Promise<Hash[]> {
    return await consistencyProof((nodes) => this.#nodes(nodes, newSize), oldSize, newSize);
  }

  /** Root of the first `size` leaves. Rejects with `StoreError` if the tree is not that large. */
  async rootAt(size: number): Promise<Hash> {
    return await treeRoot((nodes) => this.#nodes(nodes, size), size);
  }

  async #nodes(nodes: readonly NodeId[], size: number): Promise<Hash[]> {
    // At once, as the store may be a round trip away.
    return await Promise.all(nodes.map((node) => this.#node(node, size)));
  }

  async #node({ level, index }: NodeId, size: number): Promise<Hash> {
    const { stripLevel, stripIndex, height, position } = stripOfNode(level, index);
    const known = this.#strips.get(this.#key(stripLevel, stripIndex));
    const cached = known && nodeOf(known, height, position);
    if (cached !== undefined) return cached;
    // The first load may have begun before the strip grew to this node; a second one has not.
    for (let attempt = 1; attempt <= 2; attempt++) {
      const node = nodeOf(await this.#load(stripLevel, stripIndex, size), height, position);
      if (node !== undefined) return node;
    }
    throw new StoreError('failed', `node ${level}/${index} is not stored`);
  }

  /** One read of a strip serves all who ask while it lasts: 10,000 waiters ask for few strips. */
  async #load(level: number, index: number, size: number): Promise<ExpandedStrip> {
    const key = this.#key(level, index);
    const running = this.#loading.get(key);
    if (running !== undefined) return await running;
    const load = this.#read(level, index, size).finally(() => this.#loading.delete(key));
    this.#loading.set(key, load);
    return await load;
  }

  #key(level: number, index: number): string {
    return `${level}/${index} ${this.#origin}`;
  }

  /** All that is stored of the strip; what the first `size` leaves have of it is kept. */
  async #read(level: number, index: number, size: number): Promise<ExpandedStrip> {
    const bytes = (await this.#store.strip(level, index)) ?? new Uint8Array(0);
    const width = Math.min(STRIP_WIDTH, Math.floor(bytes.length / HASH_BYTES));
    if (width === 0) throw new StoreError('failed', `strip ${level}/${index} is not stored`);
    const rows = expandTile(decodeTile(bytes, width));
    const strip = packRows(rows);
    const covered = Math.floor(size / STRIP_WIDTH ** level) - index * STRIP_WIDTH;
    const kept = rows.map((row, height) => row.slice(0, Math.floor(covered / 2 ** height)));
    this.#strips.set(this.#key(level, index), covered >= width ? strip : packRows(kept));
    return strip;
  }
}
