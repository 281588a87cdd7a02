/**
 * The index of leaves follows behind the tree: wherever a leaf is on its way there, it is found at its index, by
 * whoever looks and whenever he looked last, and is taken once.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import {
  generationLength,
  LONGEST_GENERATION,
  moveOn,
  SHORTEST_GENERATION,
} from '#log-server/store/sqlite/generations.ts';
import { readLeaves } from '#log-server/store/sqlite/leaf-strips.ts';
import { openLogDatabase, SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { UnindexedLeaves } from '#log-server/store/sqlite/unindexed-leaves.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import { concatBytes, equalBytes } from '#protocol/bytes.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { logKey } from '#test/support/log.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { batchOf, newEntries, newEntry } from './batches.ts';

const identity = identityOf(logKey());
const newPath = () => join(memoryFolder(), 'log.db');
const hashesOf = (from: number, to: number) => newEntries(from, to).map(({ leafHash }) => leafHash);

describe('leaves move into the index', () => {
  it('each once, no more of them than come, and at most two generations are behind', () => {
    const sizes = fc.array(fc.oneof(fc.nat(50), fc.nat(5000), fc.nat(2_000_000)), {
      maxLength: 60,
    });
    const property = (starts: number, batches: readonly number[]) => {
      let [position, size] = [{ indexed: starts, moved: 0 }, starts];
      // By generation, how many of it have moved.
      const done = new Map<number, number>();
      for (const batch of batches) {
        const before = position.indexed + position.moved;
        size += batch;
        const next = moveOn(position, size);
        for (const { first, from, to } of next.slices) {
          expect(done.get(first) ?? 0).toBe(from);
          expect(to).toBeGreaterThan(from);
          expect(first + generationLength(first)).toBeLessThanOrEqual(size);
          done.set(first, to);
        }
        position = next.position;
        expect(position.indexed + position.moved - before).toBeLessThanOrEqual(batch);
        const second = position.indexed + generationLength(position.indexed);
        expect(size).toBeLessThan(second + generationLength(second));
      }
      const moved = [...done.values()].reduce((sum, count) => sum + count, 0);
      expect(starts + moved).toBe(position.indexed + position.moved);
      expect(moveOn(position, size)).toEqual({ slices: [], position });
    };
    fc.assert(fc.property(fc.oneof(fc.constant(0), fc.nat(30_000_000)), sizes, property));
  });

  it('in generations that grow with the log, and not for ever', () => {
    expect([0, 511, 512, 8000, 2 ** 40].map(generationLength)).toEqual([
      SHORTEST_GENERATION,
      SHORTEST_GENERATION,
      SHORTEST_GENERATION,
      1000,
      LONGEST_GENERATION,
    ]);
  });
});

describe('leaves that are not in the index', () => {
  const leaves = hashesOf(0, 3000);
  const read = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) =>
      concatBytes(...leaves.slice(16 * (from + i), 16 * (from + i) + 16)),
    );
  const find = (unindexed: UnindexedLeaves, place: number) =>
    unindexed.find(leaves[place]!, (index) => equalBytes(leaves[index]!, leaves[place]!));

  it('are found from the first to the last, and none before or after them', () => {
    const moments = fc.array(fc.nat(300), { minLength: 1, maxLength: 20 });
    const property = (starts: number, batches: readonly number[]) => {
      const unindexed = new UnindexedLeaves(read);
      let [position, size] = [{ indexed: starts, moved: 0 }, starts];
      for (const batch of batches) {
        size = Math.min(leaves.length, size + batch);
        ({ position } = moveOn(position, size));
        unindexed.bringTo(position.indexed, size);
        for (const at of [position.indexed, size - 1, (position.indexed + size) >>> 1]) {
          if (at >= position.indexed && at < size) expect(find(unindexed, at)).toBe(at);
        }
        if (size < leaves.length) expect(find(unindexed, size)).toBeUndefined();
        expect(find(unindexed, position.indexed - 1)).toBeUndefined();
      }
    };
    fc.assert(fc.property(fc.integer({ min: 1, max: 1000 }), moments, property), { numRuns: 30 });
  });

  it('are asked for again where another leaf has the same beginning', () => {
    const unindexed = new UnindexedLeaves(read);
    unindexed.bringTo(0, 100);
    const asked: number[] = [];
    const refuse = (index: number) => asked.push(index) < 0;
    expect(unindexed.find(leaves[70]!, refuse)).toBeUndefined();
    expect(asked).toContain(70);
  });

  it('are never counted on without their strips', () => {
    const failed = { name: 'StoreError', kind: 'failed' };
    const nothing = () => undefined;
    expect(() => readLeaves(() => [], 0, 5, nothing)).toThrow(expect.objectContaining(failed));
    const gap = (from: number, to: number) => read(from, to).toSpliced(1, 1);
    expect(() => readLeaves(gap, 5, 50, nothing)).toThrow(expect.objectContaining(failed));
    const short = (from: number, to: number) => read(from, to).map((strip) => strip.subarray(32));
    expect(() => readLeaves(short, 0, 16, nothing)).toThrow(expect.objectContaining(failed));
  });
});

describe('a leaf on its way into the index', () => {
  const open: SqliteReader[] = [];
  const kept = <T extends SqliteReader>(store: T): T => {
    open.push(store);
    return store;
  };
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });

  async function expectFound(store: SqliteReader, size: number): Promise<void> {
    const expected = Array.from({ length: size }, (_, i) => i);
    expect(await store.findLeaves(hashesOf(0, size))).toEqual(expected);
    expect(await store.findLeaves(hashesOf(size, size + 3))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    store.checkIndex();
  }

  it('is found at every moment, by who looks each time, by who has not looked before, and after a crash', async () => {
    const path = newPath();
    const writer = kept(SqliteWriter.create(path, identity));
    const [always, seldom] = [1, 2].map(() => kept(SqliteReader.openBesideWriter(path)));
    let tree = TileBuilder.empty();
    for (let batch = 1; tree.size < 700; batch++) {
      const { batch: next, grown } = batchOf(
        tree,
        newEntries(tree.size, tree.size + 1 + ((batch * 7) % 40)),
      );
      await writer.append(next);
      tree = grown;
      await expectFound(always!, tree.size);
      if (batch % 10 === 0) await expectFound(seldom!, tree.size);
      const crashed = newPath();
      for (const suffix of ['', '-wal']) copyFileSync(path + suffix, crashed + suffix);
      const restarted = SqliteWriter.open(crashed, identity);
      await expectFound(restarted, tree.size);
      await restarted.close();
    }
  });

  it('is not taken a second time wherever it is', async () => {
    const writer = kept(SqliteWriter.create(newPath(), identity));
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 230));
    await writer.append(batch);
    for (const known of [0, 127, 128, 150, 192, 229]) {
      const twice = batchOf(grown, [newEntry('new'), newEntry(`entry ${known}`)]);
      expect([...(await writer.append(twice.batch))]).toEqual([[1, known]]);
    }
    const added = batchOf(grown, [newEntry('new')]);
    expect((await writer.append(added.batch)).size).toBe(0);
    const again = batchOf(added.grown, added.batch.entries);
    expect([...(await writer.append(again.batch))]).toEqual([[0, 230]]);
    await expectFound(writer, 230);
  });

  it('is not taken for one of a batch that failed while its leaves moved', async () => {
    const path = newPath();
    const writer = kept(SqliteWriter.create(path, identity));
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 60));
    await writer.append(batch);
    const { db, close } = openLogDatabase(path, { exclusive: false, create: false });
    db.exec(`CREATE TRIGGER fail BEFORE INSERT ON leaves WHEN NEW.idx > 60
      BEGIN SELECT RAISE(ABORT, 'on purpose'); END`);
    const failing = batchOf(grown, newEntries(60, 150, ' of another batch'));
    await expect(writer.append(failing.batch)).rejects.toThrow(/on purpose/);
    db.exec('DROP TRIGGER fail');
    close();
    await writer.append(batchOf(grown, newEntries(60, 200)).batch);
    await expectFound(writer, 200);
  });

  it('that should be in the tree twice stops the writer, at the latest when it moves', async () => {
    const writer = kept(SqliteWriter.create(newPath(), identity));
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 70));
    await writer.append(batch);
    const twice = batchOf(grown, [newEntry('entry 7')]);
    // As if it had not been found.
    const looked = writer as unknown as { leafIndex: { find: (hashes: unknown[]) => unknown[] } };
    const find = looked.leafIndex.find;
    looked.leafIndex.find = (hashes) => hashes.map(() => undefined);
    await writer.append(twice.batch);
    looked.leafIndex.find = find;
    const later = writer.append(batchOf(twice.grown, newEntries(70, 300)).batch);
    await expect(later).rejects.toMatchObject({ name: 'StoreError', kind: 'conflict' });
    expect((await writer.treeHead()).size).toBe(71);
  });

  it('that is missing in the index, or one too many, is found by a check', async () => {
    for (const damage of [
      'DELETE FROM leaves WHERE idx = 5',
      'UPDATE leaves SET idx = idx + 1000 WHERE idx = (SELECT max(idx) FROM leaves)',
      "INSERT INTO leaves VALUES (x'0102030405060708', 219)",
    ]) {
      const path = newPath();
      const writer = kept(SqliteWriter.create(path, identity));
      await writer.append(batchOf(TileBuilder.empty(), newEntries(0, 220)).batch);
      writer.checkIndex();
      const { db, close } = openLogDatabase(path, { exclusive: false, create: false });
      for (const verb of ['update', 'delete']) db.exec(`DROP TRIGGER leaves_no_${verb}`);
      db.exec(damage);
      close();
      expect(() => writer.checkIndex(), damage).toThrow(ConfigError);
    }
  });
});
