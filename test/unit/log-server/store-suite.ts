/**
 * The behaviour of a store, as log-server/store/store.ts promises it. Every store must pass, with all
 * that can go wrong: nothing here is left out for one that cannot show it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import type { LogStore, NewEntry, StoreLocation } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import { EMPTY_ROOT, type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { batchOf, newEntries, newEntry, signedHead } from './batches.ts';

export interface StoreUnderTest {
  /** Where no store is yet. */
  readonly location: StoreLocation;
  /** Ends the lease of the writer that is open, without its knowledge. */
  stealLease(): Promise<void>;
  /** Leaves no room for anything that is written from here on. */
  fill(): Promise<void>;
  makeRoom(): Promise<void>;
  /** Ends the writer that is open as a crash would, at once; resolves when the lease is free. */
  kill(): Promise<void>;
}

const identity = identityOf(logKey());
const conflict = { name: 'StoreError', kind: 'conflict' };
const full = { name: 'StoreError', kind: 'full' };
const frozen = { name: 'StoreError', kind: 'frozen' };
const failed = { name: 'StoreError', kind: 'failed' };

export function describeStore(name: string, newPlace: () => StoreUnderTest): void {
  describe(`${name} keeps the contract of a store`, () => {
    let place: StoreUnderTest;
    let store: LogStore;
    /** Of the entries that were sequenced. */
    let tree: TileBuilder;
    let lost: Error[];

    const open = () => place.location.open(identity, (error) => lost.push(error));
    beforeEach(async () => {
      place = newPlace();
      lost = [];
      await place.location.create(identity);
      store = await open();
      tree = TileBuilder.empty();
    });
    afterEach(async () => {
      await expectStoreSound(store.reader);
      await store.close();
    });

    /** Sequences entries that are new. */
    async function sequence(entries: readonly NewEntry[]): Promise<void> {
      const first = tree.size;
      const { results, head } = await store.writer.sequence(entries);
      for (const { leafHash: hash } of entries) tree.append(hash);
      const expected = entries.map((_, i) => ({ index: first + i, duplicate: false }));
      expect(results).toEqual(expected);
      expect([head.size, toHex(head.root)]).toEqual([tree.size, toHex(tree.root())]);
    }

    async function refusesEveryWrite(error: object): Promise<void> {
      const { writer } = store;
      await expect(writer.sequence([newEntry('refused')])).rejects.toMatchObject(error);
      const previous = (await store.reader.lastSigned())?.size;
      await expect(writer.recordSigned(signedHead(tree), previous)).rejects.toMatchObject(error);
      await expect(writer.recordPublished('refused', 999, [])).rejects.toMatchObject(error);
      expect((await store.reader.treeHead()).size).toBe(tree.size);
      expect((await store.reader.lastSigned())?.size).toBe(previous);
      expect(await store.reader.published()).not.toBe('refused');
    }

    describe('what is written', () => {
      it('is nothing at first, with the root of the empty tree', async () => {
        const { reader } = store;
        const { size, root } = await reader.treeHead();
        expect([size, toHex(root)]).toEqual([0, toHex(EMPTY_ROOT)]);
        expect(await reader.tile(0, 0)).toBeUndefined();
        expect(await reader.entries(0, 10)).toEqual([]);
        expect(await reader.lastSigned()).toBeUndefined();
        expect(await reader.signedAfter(-1, 10)).toEqual([]);
        expect(await reader.published()).toBeUndefined();
        expect(await reader.newestAnchorSize()).toBe(0);
        expect(await reader.findLeaves([leafHash(new Uint8Array(0))])).toEqual([undefined]);
      });

      it('is shown to every further reader at once, too', async () => {
        const further = await place.location.openReader(identity);
        await sequence(newEntries(0, 3));
        expect((await further.treeHead()).size).toBe(3);
        expect((await further.entries(0, 10)).length).toBe(3);
        await further.close();
      });

      it('gets consecutive indices, and is shown to the reader as a whole, at once', async () => {
        await sequence(newEntries(0, 300));
        const { reader } = store;
        expect((await reader.treeHead()).size).toBe(300);
        await sequence(newEntries(300, 301));
        expect((await reader.entries(298, 10)).map(toHex)).toEqual(
          newEntries(298, 301).map(({ bytes }) => toHex(bytes)),
        );
        expect(await reader.entries(301, 1)).toEqual([]);
        expect((await reader.tile(0, 0))?.length).toBe(8192);
        expect((await reader.tile(0, 1))?.length).toBe(45 * 32);
        expect((await reader.tile(1, 0))?.length).toBe(32);
        await expectStoreSound(reader);
      });

      it('is the same entry once, in its batch, beside it and later', async () => {
        const [a, b, c] = ['a', 'b', 'c'].map(newEntry) as [NewEntry, NewEntry, NewEntry];
        const batches = await Promise.all([
          store.writer.sequence([a, b, a]),
          store.writer.sequence([b, c]),
          store.writer.sequence([c]),
        ]);
        const indices = batches.map(({ results }) =>
          results.map(({ index, duplicate }) => (duplicate ? -index - 1 : index)),
        );
        expect(indices).toEqual([[0, 1, -1], [-2, 2], [-3]]);
        expect(batches.map(({ head }) => head.size)).toEqual([2, 3, 3]);
        expect((await store.reader.treeHead()).size).toBe(3);
      });

      it('is found by its hash, in the order asked for', async () => {
        await sequence(newEntries(0, 5));
        const hash = (text: string): LeafHash => newEntry(text).leafHash;
        const asked = [hash('entry 4'), hash('nobody'), hash('entry 0'), hash('entry 4')];
        expect(await store.reader.findLeaves(asked)).toEqual([4, undefined, 0, 4]);
      });

      it('may have no bytes, or the most that an entry may have', async () => {
        const large = new Uint8Array(65_535).fill(9);
        await sequence([newEntry(''), { bytes: large, leafHash: leafHash(large) }]);
        const [empty, other] = await store.reader.entries(0, 2);
        expect([empty!.length, other!.length]).toEqual([0, 65_535]);
      });
    });

    describe('checkpoints', () => {
      it('that are signed are recorded by compare-and-swap on the size signed last', async () => {
        const { writer, reader } = store;
        const refuses = async (previous: number | undefined) =>
          await expect(writer.recordSigned(signedHead(tree), previous)).rejects.toMatchObject(
            conflict,
          );
        await writer.recordSigned(signedHead(tree), undefined);
        await refuses(undefined);
        await refuses(0);
        await sequence(newEntries(0, 4));
        await refuses(undefined);
        await refuses(3);
        await writer.recordSigned(signedHead(tree), 0);
        await refuses(0);
        expect((await reader.lastSigned())?.note).toBe(signedHead(tree).note);
      });

      it('that were signed are listed in pages, ascending', async () => {
        let previous: number | undefined;
        for (let i = 0; i < 5; i++) {
          await sequence(newEntries(3 * i, 3 * i + 3));
          await store.writer.recordSigned(signedHead(tree), previous);
          previous = tree.size;
        }
        const sizes = async (after: number, limit: number) =>
          (await store.reader.signedAfter(after, limit)).map(({ size }) => size);
        expect(await sizes(-1, 2)).toEqual([3, 6]);
        expect(await sizes(6, 2)).toEqual([9, 12]);
        expect(await sizes(12, 9)).toEqual([15]);
        expect(await sizes(15, 9)).toEqual([]);
      });

      it('that are published replace one another, never by a smaller one', async () => {
        const { writer, reader } = store;
        await writer.recordPublished('five', 5, []);
        await writer.recordPublished('five again', 5, []);
        expect(await reader.published()).toBe('five again');
        await expect(writer.recordPublished('four', 4, [])).rejects.toMatchObject(conflict);
        await writer.recordPublished('six', 6, []);
        expect(await reader.published()).toBe('six');
      });

      it('that are kept are ascending anchors, each found by size and by index', async () => {
        const { writer, reader } = store;
        await writer.recordPublished('five', 5, [{ size: 5, note: 'five' }]);
        const two = [6, 9].map((size) => ({ size, note: `anchor ${size}` }));
        await writer.recordPublished('nine', 9, two);
        expect(await reader.newestAnchorSize()).toBe(9);
        const sizes = async (...indices: number[]) =>
          await Promise.all(indices.map(async (i) => (await reader.anchorCovering(i))?.size));
        expect(await sizes(0, 4, 5, 6, 8, 9)).toEqual([5, 5, 6, 9, 9, undefined]);
        expect(await reader.anchor(6)).toEqual(two[0]);
        expect(await reader.anchor(7)).toBeUndefined();
        for (const size of [6, 9]) {
          const again = writer.recordPublished('ten', 10, [{ size, note: 'other' }]);
          await expect(again).rejects.toMatchObject(conflict);
        }
        expect(await reader.published()).toBe('nine');
      });
    });

    describe('its end', () => {
      const state = async () => await store.reader.state();

      it('is not there at first', async () => {
        const here = { isFrozen: false, movedTo: undefined, arrivingFrom: undefined };
        expect(await state()).toEqual(here);
      });

      it('is a tree that never grows again, once the log is frozen', async () => {
        await sequence(newEntries(0, 3));
        await store.writer.freeze();
        await store.writer.freeze();
        const known = await store.writer.sequence(newEntries(1, 3));
        expect(known.results).toEqual([1, 2].map((index) => ({ index, duplicate: true })));
        for (const entries of [newEntries(3, 4), newEntries(2, 4)]) {
          await expect(store.writer.sequence(entries)).rejects.toMatchObject(frozen);
        }
        await store.close();
        store = await open();
        expect((await state()).isFrozen).toBe(true);
        await expect(store.writer.sequence(newEntries(3, 4))).rejects.toMatchObject(frozen);
        expect((await store.reader.treeHead()).size).toBe(3);
        expect(lost).toEqual([]);
      });

      it('keeps no frozen tree from being signed and published', async () => {
        await sequence(newEntries(0, 3));
        await store.writer.freeze();
        await store.writer.recordSigned(signedHead(tree), undefined);
        await store.writer.recordPublished('note', 3, [{ size: 3, note: 'note' }]);
        await store.writer.recordPublished('cosigned again', 3, []);
        expect((await store.reader.lastSigned())?.size).toBe(3);
        expect(await store.reader.published()).toBe('cosigned again');
      });

      it('is that of every copy of a frozen log', async () => {
        await sequence(newEntries(0, 3));
        await store.writer.freeze();
        const file = join(tempFolder(), 'copy');
        const copying = { onProgress: () => undefined, check: expectStoreSound };
        await place.location.backUp(identity, file, { ...copying, replace: false });
        const { location } = newPlace();
        await location.restore(identity, file, copying);
        const restored = await location.open(identity, () => undefined);
        expect((await restored.reader.state()).isFrozen).toBe(true);
        await expect(restored.writer.sequence(newEntries(3, 4))).rejects.toMatchObject(frozen);
        await restored.close();
      });

      it('is not reached by a copy that arrives, which is no store before it is settled', async () => {
        await sequence(newEntries(0, 3));
        const file = join(tempFolder(), 'copy');
        const copying = { onProgress: () => undefined, check: expectStoreSound };
        await place.location.backUp(identity, file, { ...copying, replace: false });
        const { location } = newPlace();
        await location.restore(identity, file, { ...copying, arrivingFrom: 'elsewhere' });
        const opening = () => location.open(identity, () => undefined);
        await expect(opening()).rejects.toThrow(/never finished, of the log at elsewhere/);
        const other = identityOf(logKey('log.example/other'));
        await expect(location.settle(other)).rejects.toBeInstanceOf(ConfigError);
        await expect(opening()).rejects.toBeInstanceOf(ConfigError);
        await location.settle(identity);
        await location.settle(identity);
        const settled = await opening();
        expect((await settled.reader.state()).arrivingFrom).toBeUndefined();
        await settled.writer.sequence(newEntries(3, 4));
        await settled.close();
      });

      it('is that nothing is written where the log has moved away', async () => {
        await sequence(newEntries(0, 3));
        await store.writer.moveTo('elsewhere');
        await refusesEveryWrite(conflict);
        await expect(store.writer.freeze()).rejects.toMatchObject(conflict);
        await expect(store.writer.moveTo('elsewhere')).rejects.toMatchObject(conflict);
        await store.close();
        await expect(open()).rejects.toThrow(/has moved from .* to elsewhere/);
        await expect(place.location.create(identity)).rejects.toBeInstanceOf(ConfigError);
        const reader = await place.location.openReader(identity);
        expect((await reader.state()).movedTo).toBe('elsewhere');
        // What is left of it is read once more at the end of the test.
        store = { reader, writer: store.writer, close: () => reader.close() };
      });
    });

    describe('its place', () => {
      it('has no store before one is made, and says where a high-water mark stands', async () => {
        const { location } = newPlace();
        expect(await location.exists()).toBe(false);
        await expect(location.open(identity, () => undefined)).rejects.toBeInstanceOf(ConfigError);
        expect(await location.exists()).toBe(false);
        await location.create(identity);
        expect(await location.exists()).toBe(true);
        expect(location.name).not.toBe(place.location.name);
        expect(location.defaultMarkPath()).not.toBe(place.location.defaultMarkPath());
      });

      it('keeps what is there when it is made again, and belongs to one log and key', async () => {
        await sequence(newEntries(0, 3));
        await store.close();
        await place.location.create(identity);
        for (const other of [logKey('log.example/other'), logKey(identity.origin, 2)]) {
          const { create, open: openIt } = place.location;
          const their = identityOf(other);
          await expect(create.call(place.location, their)).rejects.toBeInstanceOf(ConfigError);
          const opening = openIt.call(place.location, their, () => undefined);
          await expect(opening).rejects.toBeInstanceOf(ConfigError);
        }
        store = await open();
        await sequence(newEntries(3, 4));
      });

      it('has everything again when it is opened again', async () => {
        await sequence(newEntries(0, 260));
        await store.writer.recordSigned(signedHead(tree), undefined);
        await store.writer.recordPublished('note', 260, [{ size: 260, note: 'note' }]);
        await store.close();
        store = await open();
        const { size, root } = await store.reader.treeHead();
        expect([size, toHex(root)]).toEqual([260, toHex(tree.root())]);
        expect((await store.reader.lastSigned())?.note).toBe(signedHead(tree).note);
        expect(await store.reader.published()).toBe('note');
        expect(await store.reader.anchor(260)).toEqual({ size: 260, note: 'note' });
        await sequence(newEntries(260, 261));
      });
    });

    describe('its copies', () => {
      const quiet = { onProgress: () => undefined };
      let file: string;
      beforeEach(() => {
        file = join(tempFolder(), 'copy');
      });
      const backUp = async (check = expectStoreSound, replace = false) => {
        await place.location.backUp(identity, file, { ...quiet, check, replace });
      };

      it('are of one moment and read before they have a name, while the writer goes on', async () => {
        await sequence(newEntries(0, 300));
        let checked: number | undefined;
        await backUp(async (copy) => {
          expect(existsSync(file)).toBe(false);
          await sequence(newEntries(300, 310));
          await expectStoreSound(copy);
          checked = (await copy.treeHead()).size;
        });
        expect(checked).toBe(300);
        expect(readdirSync(dirname(file))).toEqual(['copy']);
      });

      it('replace no other unasked, and none that does not pass', async () => {
        await sequence(newEntries(0, 3));
        await backUp();
        const before = readFileSync(file);
        await sequence(newEntries(3, 5));
        await expect(backUp()).rejects.toBeInstanceOf(ConfigError);
        const failing = backUp(() => Promise.reject(new ConfigError('no')), true);
        await expect(failing).rejects.toThrow('no');
        expect(readFileSync(file)).toEqual(before);
        await backUp(expectStoreSound, true);
        expect(readFileSync(file)).not.toEqual(before);
        expect(readdirSync(dirname(file))).toEqual(['copy']);
      });

      it('become a store where there is none, of the same log only', async () => {
        await sequence(newEntries(0, 300));
        await store.writer.recordSigned(signedHead(tree), undefined);
        await backUp();
        const { location } = newPlace();
        const options = { ...quiet, check: expectStoreSound };
        const other = identityOf(logKey(identity.origin, 2));
        await expect(location.restore(other, file, options)).rejects.toBeInstanceOf(ConfigError);
        expect(await location.exists()).toBe(false);
        await location.restore(identity, file, options);
        await expect(location.restore(identity, file, options)).rejects.toBeInstanceOf(ConfigError);
        const restored = await location.open(identity, () => undefined);
        expect((await restored.reader.lastSigned())?.note).toBe(signedHead(tree).note);
        const more = await restored.writer.sequence(newEntries(299, 301));
        expect(more.results.map(({ index }) => index)).toEqual([299, 300]);
        await restored.close();
      });

      it('are read beside the writer by whoever takes no lease', async () => {
        const reader = await place.location.openReader(identity);
        await sequence(newEntries(0, 300));
        await expectStoreSound(reader);
        expect((await reader.treeHead()).size).toBe(300);
        await reader.close();
        const other = identityOf(logKey('log.example/other'));
        await expect(place.location.openReader(other)).rejects.toBeInstanceOf(ConfigError);
        await sequence(newEntries(300, 301));
      });
    });

    describe('its writer', () => {
      it('finishes what was called before it closes, and writes nothing after', async () => {
        const batches = [newEntries(0, 9), newEntries(9, 12)];
        const called = Promise.all(batches.map((entries) => store.writer.sequence(entries)));
        await store.close();
        expect((await called)[1]!.results.map(({ index }) => index)).toEqual([9, 10, 11]);
        await expect(store.writer.sequence([newEntry('late')])).rejects.toMatchObject(failed);
        store = await open();
        expect((await store.reader.treeHead()).size).toBe(12);
        expect(lost).toEqual([]);
      });

      it('is the only one: a second is refused, or ends the first', async () => {
        await sequence(newEntries(0, 2));
        const second = await open().catch((error: unknown) => error);
        if (second instanceof ConfigError) return await sequence(newEntries(2, 3));
        await refusesEveryWrite(conflict);
        store = second as LogStore;
        await sequence(newEntries(2, 3));
      });

      it('writes nothing when its lease was taken', async () => {
        await sequence(newEntries(0, 2));
        await place.stealLease();
        await refusesEveryWrite(conflict);
      });

      it('adds nothing where there is no room, and goes on when there is', async () => {
        await sequence(newEntries(0, 3));
        await store.writer.recordSigned(signedHead(tree), undefined);
        await place.fill();
        const head = (await store.reader.treeHead()).size;
        const waiting = store.writer.sequence(newEntries(3, 90));
        await expect(waiting).rejects.toMatchObject(full);
        await expect(store.writer.recordPublished('refused', 3, [])).rejects.toMatchObject(full);
        const more = batchOf(tree, newEntries(3, 4)).grown;
        await expect(store.writer.recordSigned(signedHead(more), 3)).rejects.toMatchObject(full);
        expect((await store.reader.treeHead()).size).toBe(head);
        await expectStoreSound(store.reader);
        const known = await store.writer.sequence(newEntries(1, 2));
        expect(known.results).toEqual([{ index: 1, duplicate: true }]);
        await place.makeRoom();
        await sequence(newEntries(3, 90));
        await store.writer.recordSigned(signedHead(tree), 3);
        await store.writer.recordPublished('note', 90, []);
        expect(lost).toEqual([]);
      });

      it('that dies is told of once, and what it answered is there', async () => {
        await sequence(newEntries(0, 3));
        const calls = Array.from({ length: 20 }, (_, i) =>
          store.writer.sequence(newEntries(3 + 5 * i, 8 + 5 * i)),
        );
        const outcomes = Promise.allSettled(calls);
        await calls[0];
        await place.kill();
        await until(() => lost.length > 0);
        const answered = (await outcomes).map((outcome) => {
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(failed);
          return outcome.status === 'fulfilled' ? outcome.value.results : undefined;
        });
        await expect(store.writer.sequence([newEntry('late')])).rejects.toMatchObject(failed);
        await store.close();
        store = await open();
        await expectStoreSound(store.reader);
        const { results } = await store.writer.sequence(newEntries(0, 103));
        expect(results.map(({ index }) => index)).toEqual(results.map((_, i) => i));
        for (const [i, batch] of answered.entries()) {
          for (const [j, { index }] of (batch ?? []).entries()) expect(index).toBe(3 + 5 * i + j);
        }
        expect(lost).toHaveLength(1);
      });
    });
  });
}
