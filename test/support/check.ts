/** The one invariant check of a log, to be called after nearly every step of a test. */
import { expect } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { SqliteReader } from '#log-server/store/sqlite/reader.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { StoreSource } from './store-source.ts';

export interface CheckedLog {
  readonly store: LogReader;
  readonly policy: Policy;
  readonly types: readonly EntryType[];
}

/**
 * Re-derives the log from its entries: leaf index, tree head, tiles, published checkpoint with its
 * quorum, and every checkpoint ever signed.
 */
export async function expectLogSound(log: CheckedLog): Promise<void> {
  const { store, types } = log;
  await expectStoreSound(store);
  if ((await store.lastSigned()) === undefined) return;
  const isPublished = (await store.published()) !== undefined;
  const policy = isPublished ? log.policy : { ...log.policy, quorum: 'none' };
  const report = await checkLog(new StoreSource(store), { policy, entryTypes: types });
  expect(report.problems).toEqual([]);
  await expectAnchorsSound(log);
}

/** The part that needs no policy: entries, leaf index, tiles and tree head fit one another. */
export async function expectStoreSound(store: LogReader): Promise<void> {
  const head = await store.treeHead();
  const entries = await store.entries(0, head.size + 1);
  expect(entries).toHaveLength(head.size);
  const tree = TileBuilder.empty();
  const hashes = entries.map(leafHash);
  for (const hash of hashes) tree.append(hash);
  expect(toHex(tree.root())).toBe(toHex(head.root));
  expect(await store.findLeaves(hashes)).toEqual(hashes.map((_, i) => i));
  if (store instanceof SqliteReader) store.checkIndex();
  const source = new StoreSource(store);
  for (const { level, index, hashes: expected } of tree.takeChanged()) {
    const shown = await source.tile(level, index, expected.length);
    expect(toHex(shown)).toBe(expected.map(toHex).join(''));
  }
}

/** Every anchor is a checkpoint of the tree, with its quorum. */
async function expectAnchorsSound({ store, policy }: CheckedLog): Promise<void> {
  const { size } = await store.treeHead();
  const tree = TileBuilder.empty();
  const hashes = (await store.entries(0, size)).map(leafHash);
  let anchor = await store.anchorCovering(0);
  for (; anchor !== undefined; anchor = await store.anchorCovering(anchor.size)) {
    const { checkpoint, quorumMet } = openWithPolicy(anchor.note, policy);
    for (const hash of hashes.slice(tree.size, anchor.size)) tree.append(hash);
    expect([checkpoint.size, toHex(checkpoint.root)]).toEqual([anchor.size, toHex(tree.root())]);
    expect(quorumMet).toBe(true);
  }
}
