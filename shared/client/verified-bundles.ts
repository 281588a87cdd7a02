/**
 * The entries of a signed tree, bundle by bundle, out of a source that nobody needs to trust, with the tiles
 * that they fill: for whoever keeps what he reads. No bundle comes out that is not the tree's.
 *
 * Tiles of leaf hashes are not fetched, but for the one at the right edge: they are made of the entries, and
 * their roots have to be in the tile above, which leads to the signed root. So each leaf and each node is
 * hashed once, and half as much is asked of the source.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { type Tile, TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { entriesPath, TILE_HEIGHT, TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { judgedBundles } from './bundles.ts';
import { type EntryFault, type EntryJudge, JUDGE_NOTHING } from './entry-judge.ts';
import type { TileSource } from './tile-source.ts';
import { TileMismatchError, type VerifiedTree } from './verified-tree.ts';

/** A log that is far away is asked for several bundles at a time. */
const FAR_AHEAD = 5;

export interface VerifiedBundle {
  readonly index: number;
  /** All that the tree has of the bundle. */
  readonly entries: readonly Uint8Array[];
  /** Their leaf hashes. */
  readonly leaves: readonly LeafHash[];
  /** The tiles that they fill, and with the last bundle all that stay partial in the tree. */
  readonly tiles: readonly Tile[];
  /** What the judge says of the entries. */
  readonly faults: Promise<readonly EntryFault[]>;
}

/**
 * Bundles from the one on that holds leaf `from`, which has to be in the tree. Entries are handed to the judge as soon
 * as they are here, before it is known whether they are the tree's; without one nothing is judged. Rejects with
 * `TileMismatchError`, or with whatever the source fails with.
 */
export async function* verifiedBundles(
  source: TileSource,
  tree: VerifiedTree,
  from: number,
  { judge, bundlesAtOnce }: EntryJudge = JUDGE_NOTHING,
): AsyncGenerator<VerifiedBundle, void> {
  const start = from - (from % TILE_WIDTH);
  const builder = await TileBuilder.load(start, (level, index, width) => {
    const nodes = { level: TILE_HEIGHT * level, index: TILE_WIDTH * index };
    return tree.read(
      Array.from({ length: width }, (_, i) => ({ ...nodes, index: nodes.index + i })),
    );
  });
  const ahead = { judge, bundlesAtOnce: Math.max(bundlesAtOnce, FAR_AHEAD) };
  const walk = { source, from: start, to: tree.size, judge: ahead, withTiles: false };
  for await (const { entries, firstIndex, faults } of judgedBundles(walk)) {
    const index = firstIndex / TILE_WIDTH;
    const leaves = entries.map((entry) => leafHash(entry));
    for (const leaf of leaves) builder.append(leaf);
    const changed = builder.takeChanged();
    if (!(await isOfTree(tree, builder, changed, index))) {
      throw new TileMismatchError(entriesPath(index, entries.length));
    }
    const full = changed.filter(({ hashes }) => hashes.length === TILE_WIDTH);
    const isLast = builder.size === tree.size;
    const tiles = isLast ? [...full, ...builder.partialTiles()] : full;
    yield { index, entries, leaves, tiles, faults };
  }
}

/** Of the last bundle the whole tree is compared: all bundles before have been. */
async function isOfTree(
  tree: VerifiedTree,
  builder: TileBuilder,
  changed: readonly Tile[],
  index: number,
): Promise<boolean> {
  if (builder.size === tree.size) return equalBytes(builder.root(), tree.root);
  const [expected] = await tree.read([{ level: TILE_HEIGHT, index }]);
  // The root of the tile that has just been filled is the newest hash of the level above.
  const made = changed.find(({ level }) => level === 1)!.hashes.at(-1)!;
  return equalBytes(made, expected!);
}
