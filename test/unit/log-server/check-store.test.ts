/** A copy of a log is taken for a log only if everything in it fits. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkStore } from '#log-server/recovery/check-store.ts';
import type { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { logKey } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { batchOf, newEntries, signedHead } from './batches.ts';

const SIZES = [0, 3, 256, 600];
let store: SqliteWriter;

beforeEach(async () => {
  store = createTestWriter(logKey());
  let tree = TileBuilder.empty();
  for (const [i, size] of SIZES.entries()) {
    if (size > 0) {
      const { batch, grown } = batchOf(tree, newEntries(tree.size, size));
      await store.append(batch);
      tree = grown;
    }
    await store.recordSigned(signedHead(tree), SIZES[i - 1]);
  }
});
afterEach(async () => await store.close());

/** The store, but for what is changed in it. */
function changed(changes: Partial<LogReader>): LogReader {
  const bound = (name: keyof LogReader) => store[name].bind(store);
  return new Proxy(store, {
    get: (_, name) => changes[name as keyof LogReader] ?? bound(name as keyof LogReader),
  });
}

it('a whole log passes, and its tree is returned', async () => {
  const progress: number[] = [];
  const head = await checkStore(store, (checked) => progress.push(checked));
  expect(head).toEqual(await store.treeHead());
  expect(progress).toEqual([256, 512, 600]);
});

const DAMAGES: Record<string, Partial<LogReader>> = {
  'an entry that was changed': {
    entries: async (first, count) => {
      const entries = await store.entries(first, count);
      return entries.map((entry, i) => (first + i === 263 ? encodeUtf8('changed') : entry));
    },
  },
  'an entry that is missing': {
    entries: async (first, count) => (first === 512 ? [] : await store.entries(first, count)),
  },
  'an entry that is not found by its hash': {
    findLeaves: async (hashes) => (await store.findLeaves(hashes)).with(0, undefined),
  },
  'a tile that was changed': {
    tile: async (level, index) => {
      const tile = await store.tile(level, index);
      return level === 1 ? tile?.toReversed() : tile;
    },
  },
  'a tree that has lost its end': {
    treeHead: async () => ({ ...(await store.treeHead()), size: 599 }),
  },
  'a root of another tree': {
    treeHead: async () => ({ size: 600, root: EMPTY_ROOT }),
  },
  'a signature on another tree': {
    signedAfter: async (after, limit) =>
      (await store.signedAfter(after, limit)).map((head) =>
        head.size === 256 ? { ...head, root: EMPTY_ROOT } : head,
      ),
  },
  'a signature on a larger tree': {
    signedAfter: async (after, limit) =>
      (await store.signedAfter(after, limit)).map((head) =>
        head.size === 600 ? { ...head, size: 601 } : head,
      ),
  },
};

it.each(Object.keys(DAMAGES))('%s is found', async (name) => {
  const checking = checkStore(changed(DAMAGES[name]!), () => undefined);
  await expect(checking).rejects.toBeInstanceOf(ConfigError);
});
