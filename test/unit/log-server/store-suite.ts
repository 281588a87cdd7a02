/**
 * The behaviour of a store, as log-server/store/store.ts promises it. Every store must pass.
 *
 * `open` makes a fresh store; `reopen` opens the same data again with the same identity, ending the
 * lease of the writer before it (which may have been closed).
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppendBatch, LogWriter } from '#log-server/store/log-writer.ts';
import type { NewEntry, SignedHead } from '#log-server/store/store.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { EMPTY_ROOT, type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { signCheckpoint } from '#protocol/note/checkpoint.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';

export interface StoreUnderTest {
  readonly writer: LogWriter;
  /** Opens the same data again after `writer` was closed. */
  reopen(): Promise<LogWriter>;
  /** Ends the lease of `writer` without its knowledge; absent where no other process can. */
  stealLease?(): Promise<void>;
}

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

const conflict = { name: 'StoreError', kind: 'conflict' };

export function describeStore(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the contract of a store`, () => {
    let store: StoreUnderTest;
    let writer: LogWriter;
    let tree: TileBuilder;

    beforeEach(async () => {
      store = await open();
      writer = store.writer;
      tree = TileBuilder.empty();
    });
    afterEach(async () => {
      await expectStoreSound(writer);
      await writer.close();
    });

    async function append(entries: readonly NewEntry[]): Promise<void> {
      const { batch, grown } = batchOf(tree, entries);
      await writer.append(batch);
      tree = grown;
    }

    it('starts empty, with the root of the empty tree', async () => {
      const { size, root } = await writer.treeHead();
      expect([size, toHex(root)]).toEqual([0, toHex(EMPTY_ROOT)]);
      expect(await writer.tile(0, 0)).toBeUndefined();
      expect(await writer.entries(0, 10)).toEqual([]);
      expect(await writer.lastSigned()).toBeUndefined();
      expect(await writer.signedAfter(-1, 10)).toEqual([]);
      expect(await writer.published()).toBeUndefined();
      expect(await writer.newestAnchorSize()).toBe(0);
      expect(await writer.findLeaves([leafHash(new Uint8Array(0))])).toEqual([undefined]);
    });

    it('shows a batch as a whole once append has returned', async () => {
      await append(newEntries(0, 300));
      expect((await writer.treeHead()).size).toBe(300);
      await append(newEntries(300, 301));
      expect(await writer.entries(298, 10)).toHaveLength(3);
      expect(await writer.entries(301, 1)).toEqual([]);
      expect((await writer.tile(0, 0))?.length).toBe(8192);
      expect((await writer.tile(0, 1))?.length).toBe(45 * 32);
      expect((await writer.tile(1, 0))?.length).toBe(32);
    });

    it('finds leaves by hash, in the order asked for', async () => {
      await append(newEntries(0, 5));
      const hash = (text: string): LeafHash => newEntry(text).leafHash;
      const asked = [hash('entry 4'), hash('nobody'), hash('entry 0'), hash('entry 4')];
      expect(await writer.findLeaves(asked)).toEqual([4, undefined, 0, 4]);
    });

    it('keeps an entry of no bytes, and one of the largest size', async () => {
      const large = new Uint8Array(65_535).fill(9);
      await append([newEntry(''), { bytes: large, leafHash: leafHash(large) }]);
      const [empty, other] = await writer.entries(0, 2);
      expect([empty!.length, other!.length]).toEqual([0, 65_535]);
    });

    it('refuses a batch that does not start at the stored size', async () => {
      await append(newEntries(0, 3));
      for (const size of [0, 2, 4]) {
        const other = TileBuilder.empty();
        for (const { leafHash: hash } of newEntries(0, size)) other.append(hash);
        const { batch } = batchOf(other, newEntries(10, 12));
        await expect(writer.append(batch)).rejects.toMatchObject(conflict);
      }
      expect((await writer.treeHead()).size).toBe(3);
    });

    it('refuses a batch with a leaf that it holds, and keeps nothing of it', async () => {
      await append(newEntries(0, 3));
      const { batch } = batchOf(tree, [newEntry('new'), newEntry('entry 1')]);
      await expect(writer.append(batch)).rejects.toMatchObject(conflict);
      expect((await writer.treeHead()).size).toBe(3);
      expect(await writer.findLeaves([newEntry('new').leafHash])).toEqual([undefined]);
      await append([newEntry('new')]);
    });

    it('records signed checkpoints by compare-and-swap on the size signed last', async () => {
      await writer.recordSigned(signedHead(tree), undefined);
      await expect(writer.recordSigned(signedHead(tree), undefined)).rejects.toMatchObject(
        conflict,
      );
      await expect(writer.recordSigned(signedHead(tree), 0)).rejects.toMatchObject(conflict);
      await append(newEntries(0, 4));
      await expect(writer.recordSigned(signedHead(tree), undefined)).rejects.toMatchObject(
        conflict,
      );
      await expect(writer.recordSigned(signedHead(tree), 3)).rejects.toMatchObject(conflict);
      await writer.recordSigned(signedHead(tree), 0);
      await expect(writer.recordSigned(signedHead(tree), 0)).rejects.toMatchObject(conflict);
      const last = await writer.lastSigned();
      expect([last?.size, last?.note]).toEqual([4, signedHead(tree).note]);
    });

    it('lists signed checkpoints in pages, ascending', async () => {
      let previous: number | undefined;
      for (let i = 0; i < 5; i++) {
        await append(newEntries(3 * i, 3 * i + 3));
        await writer.recordSigned(signedHead(tree), previous);
        previous = tree.size;
      }
      const sizes = async (after: number, limit: number) =>
        (await writer.signedAfter(after, limit)).map(({ size }) => size);
      expect(await sizes(-1, 2)).toEqual([3, 6]);
      expect(await sizes(6, 2)).toEqual([9, 12]);
      expect(await sizes(12, 9)).toEqual([15]);
      expect(await sizes(15, 9)).toEqual([]);
    });

    it('replaces the published checkpoint, never by a smaller one', async () => {
      await writer.recordPublished('five', 5, []);
      await writer.recordPublished('five again', 5, []);
      expect(await writer.published()).toBe('five again');
      await expect(writer.recordPublished('four', 4, [])).rejects.toMatchObject(conflict);
      await writer.recordPublished('six', 6, []);
      expect(await writer.published()).toBe('six');
    });

    it('keeps anchors with what is published, ascending, and finds each by size and by index', async () => {
      await writer.recordPublished('five', 5, [{ size: 5, note: 'five' }]);
      const two = [6, 9].map((size) => ({ size, note: `anchor ${size}` }));
      await writer.recordPublished('nine', 9, two);
      expect(await writer.newestAnchorSize()).toBe(9);
      const sizes = async (...indices: number[]) =>
        await Promise.all(indices.map(async (i) => (await writer.anchorCovering(i))?.size));
      expect(await sizes(0, 4, 5, 6, 8, 9)).toEqual([5, 5, 6, 9, 9, undefined]);
      expect(await writer.anchor(6)).toEqual(two[0]);
      expect(await writer.anchor(7)).toBeUndefined();
      for (const size of [6, 9]) {
        const again = writer.recordPublished('ten', 10, [{ size, note: 'other' }]);
        await expect(again).rejects.toMatchObject(conflict);
      }
      expect(await writer.published()).toBe('nine');
    });

    it('has everything again when it is opened again', async () => {
      await append(newEntries(0, 260));
      await writer.recordSigned(signedHead(tree), undefined);
      await writer.recordPublished('note', 260, [{ size: 260, note: 'note' }]);
      await writer.close();
      writer = await store.reopen();
      const { size, root } = await writer.treeHead();
      expect([size, toHex(root)]).toEqual([260, toHex(tree.root())]);
      expect((await writer.lastSigned())?.size).toBe(260);
      expect(await writer.published()).toBe('note');
      expect(await writer.anchor(260)).toEqual({ size: 260, note: 'note' });
      await append(newEntries(260, 261));
    });

    it('refuses every write of a writer whose lease was taken', async () => {
      if (store.stealLease === undefined) return;
      await append(newEntries(0, 2));
      await store.stealLease();
      const { batch } = batchOf(tree, newEntries(2, 3));
      await expect(writer.append(batch)).rejects.toMatchObject(conflict);
      await expect(writer.recordSigned(signedHead(tree), undefined)).rejects.toMatchObject(
        conflict,
      );
      await expect(writer.recordPublished('note', 2, [])).rejects.toMatchObject(conflict);
      expect((await writer.treeHead()).size).toBe(2);
      expect(await writer.lastSigned()).toBeUndefined();
    });
  });
}
