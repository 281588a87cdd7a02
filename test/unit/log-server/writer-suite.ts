/**
 * The behaviour of a writer that leaves sequencing to `Sequencer`, as log-server/store/log-writer.ts
 * promises it. Every one must pass, beside the suite of its store.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogWriter } from '#log-server/store/log-writer.ts';
import type { NewEntry } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { batchOf, newEntries, newEntry, signedHead } from './batches.ts';

export interface WriterUnderTest {
  /** Of a fresh store. */
  readonly writer: LogWriter;
  /** Opens the same data again after `writer` was closed. */
  reopen(): Promise<LogWriter>;
  /** Ends the lease of `writer` without its knowledge. */
  stealLease(): Promise<void>;
}

const conflict = { name: 'StoreError', kind: 'conflict' };

export function describeWriter(name: string, open: () => Promise<WriterUnderTest>): void {
  describe(`${name} keeps the contract of a writer`, () => {
    let store: WriterUnderTest;
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
      expect(await writer.append(batch)).toEqual(new Map());
      tree = grown;
    }

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

    it('says which leaves of a batch it holds, and then keeps nothing of it, frozen or not', async () => {
      await append(newEntries(0, 3));
      const texts = ['new', 'entry 1', 'newer', 'entry 0'];
      const { batch } = batchOf(tree, texts.map(newEntry));
      const held = [
        [1, 1],
        [3, 0],
      ];
      expect([...(await writer.append(batch))].toSorted()).toEqual(held);
      expect((await writer.treeHead()).size).toBe(3);
      expect(await writer.findLeaves([newEntry('new').leafHash])).toEqual([undefined]);
      await append([newEntry('new')]);
      await writer.freeze();
      const later = batchOf(tree, ['newest', 'entry 1', 'newer', 'entry 0'].map(newEntry));
      expect([...(await writer.append(later.batch))].toSorted()).toEqual(held);
      expect((await writer.treeHead()).size).toBe(4);
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

    it('appends nothing to a frozen log, and goes on recording its checkpoints', async () => {
      await append(newEntries(0, 2));
      await writer.freeze();
      const { batch } = batchOf(tree, newEntries(2, 3));
      await expect(writer.append(batch)).rejects.toMatchObject({ kind: 'frozen' });
      await writer.recordSigned(signedHead(tree), undefined);
      await writer.recordPublished('note', 2, []);
      expect((await writer.treeHead()).size).toBe(2);
      expect((await writer.state()).isFrozen).toBe(true);
    });

    it('refuses every write of a writer whose lease was taken', async () => {
      await append(newEntries(0, 2));
      await store.stealLease();
      const { batch } = batchOf(tree, newEntries(2, 3));
      await expect(writer.append(batch)).rejects.toMatchObject(conflict);
      await expect(writer.recordSigned(signedHead(tree), undefined)).rejects.toMatchObject(
        conflict,
      );
      await expect(writer.recordPublished('note', 2, [])).rejects.toMatchObject(conflict);
      await expect(writer.freeze()).rejects.toMatchObject(conflict);
      await expect(writer.moveTo('elsewhere')).rejects.toMatchObject(conflict);
      expect((await writer.treeHead()).size).toBe(2);
      expect(await writer.lastSigned()).toBeUndefined();
    });
  });
}
