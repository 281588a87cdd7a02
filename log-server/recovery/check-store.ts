/**
 * Whether a store is a whole log: every entry is where its leaf hash says, the entries make every tile and
 * the tree head, and each checkpoint that was signed is of this tree.
 *
 * Everything is derived anew from the entries, as an auditor does. A store that passes can be served.
 */
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { type Tile, TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { ConfigError } from '#service/errors.ts';
import type { LogReader, SignedHead, TreeHead } from '../store/store.ts';

/** Entries, and signed checkpoints, read at a time. */
const PAGE = TILE_WIDTH;

/** Returns the tree head. Rejects with `ConfigError` that names the first thing that is wrong. */
export async function checkStore(
  store: LogReader,
  onProgress: (checked: number, size: number) => void,
): Promise<TreeHead> {
  const head = await store.treeHead();
  const tree = TileBuilder.empty();
  const signed = signedCheckpoints(store);
  let next = (await signed.next()).value;
  const compareSigned = async () => {
    if (!equalBytes(next!.root, tree.root())) {
      throw damaged(`the checkpoint of size ${tree.size} that was signed is of another tree`);
    }
    next = (await signed.next()).value;
  };
  if (next?.size === 0) await compareSigned();
  while (tree.size < head.size) {
    const first = tree.size;
    const entries = await store.entries(first, Math.min(PAGE, head.size - first));
    if (entries.length === 0) throw damaged(`entry ${first} is missing`);
    const leaves = entries.map((entry) => leafHash(entry));
    const indices = await store.findLeaves(leaves);
    for (const [i, leaf] of leaves.entries()) {
      if (indices[i] !== first + i)
        throw damaged(`entry ${first + i} is not found by its leaf hash`);
      tree.append(leaf);
      if (next?.size === tree.size) await compareSigned();
    }
    const changed = tree.takeChanged();
    await checkTiles(
      store,
      changed.filter(({ hashes }) => hashes.length === TILE_WIDTH),
    );
    onProgress(tree.size, head.size);
  }
  await checkTiles(store, tree.partialTiles());
  if (!equalBytes(tree.root(), head.root)) throw damaged('its entries do not make its tree head');
  if (next !== undefined) throw damaged(`size ${next.size} was signed, and is not there`);
  return head;
}

async function checkTiles(store: LogReader, tiles: readonly Tile[]): Promise<void> {
  for (const { level, index, hashes } of tiles) {
    const stored = await store.tile(level, index);
    if (stored !== undefined && equalBytes(stored, concatBytes(...hashes))) continue;
    throw damaged(`tile ${level}/${index} is not what the entries make`);
  }
}

/** In order of size. */
async function* signedCheckpoints(store: LogReader): AsyncGenerator<SignedHead, undefined> {
  let after = -1;
  for (;;) {
    const page = await store.signedAfter(after, PAGE);
    yield* page;
    if (page.length < PAGE) return undefined;
    after = page.at(-1)!.size;
  }
}

function damaged(detail: string): ConfigError {
  return new ConfigError(`The database is damaged: ${detail}.`);
}
