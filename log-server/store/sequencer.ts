/**
 * The only writer of a tree: turns batches of admitted entries into indices.
 *
 * Drops duplicates, assigns indices, extends the tree, and commits everything in one durable transaction before
 * anyone learns an index. What the store holds already it says instead of committing, and the rest follows. Starting
 * and recovering from a failed commit are the same: read the durable tree again.
 */
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { decodeTile } from '#protocol/merkle/tiles.ts';
import type { HeldEntries, LogWriter } from './log-writer.ts';
import {
  type NewEntry,
  type Sequenced,
  type SequencedBatch,
  StoreError,
  type TreeHead,
} from './store.ts';

export class Sequencer {
  readonly #store: LogWriter;
  /** The durable tree. Owned by `sequence`; undefined while it must be read from the store again. */
  #tree: TileBuilder | undefined;

  constructor(store: LogWriter) {
    this.#store = store;
  }

  /**
   * Sequences one batch; calls must not overlap. Rejects with `StoreError`: after 'full' and 'frozen' nothing
   * was added, after 'failed' any call recovers first, after 'conflict' the process must end.
   */
  async sequence(entries: readonly NewEntry[]): Promise<SequencedBatch> {
    const known = new Map<string, number>();
    for (;;) {
      this.#tree ??= await this.#readTree();
      const tree = this.#tree;
      const { fresh, results } = assign(entries, known, tree.size);
      if (fresh.length === 0) return { results, head: headOf(tree) };
      const grown = tree.clone();
      for (const { leafHash } of fresh) grown.append(leafHash);
      const held = await this.#commit(fresh, grown, tree.size);
      if (held.size === 0) {
        this.#tree = grown;
        return { results, head: headOf(grown) };
      }
      for (const [place, index] of held) known.set(toHex(fresh[place]!.leafHash), index);
    }
  }

  /** The durable tree, as the store has it. Also what `sequence` starts from. */
  async open(): Promise<TreeHead> {
    this.#tree = await this.#readTree();
    return headOf(this.#tree);
  }

  async #readTree(): Promise<TileBuilder> {
    const { size, root } = await this.#store.treeHead();
    const tree = await TileBuilder.load(size, async (level, index, width) => {
      const bytes = await this.#store.tile(level, index);
      if (bytes === undefined || bytes.length < width * HASH_BYTES) {
        throw new StoreError('conflict', `tile ${level}/${index} is missing in the store`);
      }
      return decodeTile(bytes.subarray(0, width * HASH_BYTES), width);
    });
    if (!equalBytes(tree.root(), root)) {
      throw new StoreError('conflict', `the stored tiles do not make the stored root ${size}`);
    }
    return tree;
  }

  async #commit(
    entries: readonly NewEntry[],
    grown: TileBuilder,
    firstIndex: number,
  ): Promise<HeldEntries> {
    const head = headOf(grown);
    try {
      return await this.#store.append({ firstIndex, entries, tiles: grown.takeChanged(), head });
    } catch (error) {
      this.#tree = undefined;
      const isUnknown = error instanceof StoreError && error.kind === 'failed';
      if (!isUnknown || !(await this.#isPersisted(head))) throw error;
      return new Map();
    }
  }

  /** After a commit of unknown outcome: whether the store now holds exactly that tree. */
  async #isPersisted(head: TreeHead): Promise<boolean> {
    const stored = await this.#store.treeHead();
    return stored.size === head.size && equalBytes(stored.root, head.root);
  }
}

function headOf(tree: TileBuilder): TreeHead {
  return { size: tree.size, root: tree.root() };
}

/**
 * Indices for all entries, and those entries that are to be added, in the order of their indices: the first that is
 * alike, unless the log is known to hold it.
 */
function assign(
  entries: readonly NewEntry[],
  known: ReadonlyMap<string, number>,
  size: number,
): { fresh: readonly NewEntry[]; results: readonly Sequenced[] } {
  const fresh: NewEntry[] = [];
  const indices = new Map(known);
  const results = entries.map((entry): Sequenced => {
    const key = toHex(entry.leafHash);
    const earlier = indices.get(key);
    if (earlier !== undefined) return { index: earlier, duplicate: true };
    const index = size + fresh.length;
    indices.set(key, index);
    fresh.push(entry);
    return { index, duplicate: false };
  });
  return { fresh, results };
}
