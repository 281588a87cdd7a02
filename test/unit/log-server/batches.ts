/** Entries, the batches that add them to a tree, and checkpoints of it, for tests below the HTTP interface. */
import type { AppendBatch } from '#log-server/store/log-writer.ts';
import type { NewEntry, SignedHead } from '#log-server/store/store.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import type { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { logKey } from '#test/support/log.ts';

export function newEntry(text: string): NewEntry {
  const bytes = encodeUtf8(text);
  return { bytes, leafHash: leafHash(bytes) };
}

export function newEntries(from: number, to: number, salt = ''): NewEntry[] {
  return Array.from({ length: to - from }, (_, i) => newEntry(`entry ${from + i}${salt}`));
}

/** The batch that adds these entries to `tree`, and the tree after it. */
export function batchOf(tree: TileBuilder, entries: readonly NewEntry[]) {
  const grown = tree.clone();
  for (const { leafHash: hash } of entries) grown.append(hash);
  const tiles = grown.takeChanged();
  const head = { size: grown.size, root: grown.root() };
  const batch: AppendBatch = { firstIndex: tree.size, entries, tiles, head };
  return { batch, grown };
}

export function signedHead(tree: TileBuilder): SignedHead {
  const { size } = tree;
  const root = tree.root();
  const key = logKey();
  const origin = key.verifier.name;
  return { size, root, note: signCheckpoint({ origin, size, root, extensions: [] }, key) };
}
