/** The sequencer: indices, duplicates, and every way in which a commit can fail. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogWriter } from '#log-server/store/log-writer.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { StoreError } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import { asHash } from '#protocol/merkle/hash.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { FaultyStore } from '#test/support/faulty-store.ts';
import { logKey } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { merkleTreeHash } from '../protocol/merkle/reference-tree.ts';
import { newEntries, newEntry } from './batches.ts';

let stored: LogWriter;
let store: FaultyStore;
let sequencer: Sequencer;

beforeEach(() => {
  stored = createTestWriter(logKey());
  store = new FaultyStore(stored);
  sequencer = new Sequencer(store);
});
afterEach(async () => {
  await expectStoreSound(store);
  await store.close();
});

const brief = ({ results }: Awaited<ReturnType<Sequencer['sequence']>>) =>
  results.map(({ index, duplicate }) => `${index}${duplicate ? ' duplicate' : ''}`);

describe('sequencing', () => {
  it('gives consecutive indices, and the root of RFC 6962 after each batch', async () => {
    const entries = newEntries(0, 600);
    for (const [from, to] of [
      [0, 1],
      [1, 255],
      [255, 257],
      [257, 600],
    ] as const) {
      const batch = await sequencer.sequence(entries.slice(from, to));
      expect(batch.results.map(({ index }) => index)).toEqual(
        Array.from({ length: to - from }, (_, i) => from + i),
      );
      const leaves = entries.slice(0, to).map(({ leafHash }) => leafHash);
      expect(toHex(batch.head.root)).toBe(toHex(merkleTreeHash(leaves)));
      await expectStoreSound(store);
    }
  });

  it('finds duplicates in the store and in the batch, and adds none of them', async () => {
    await sequencer.sequence([newEntry('a'), newEntry('b')]);
    const texts = ['b', 'c', 'c', 'a', 'd', 'c', 'd'];
    expect(brief(await sequencer.sequence(texts.map(newEntry)))).toEqual([
      '1 duplicate',
      '2',
      '2 duplicate',
      '0 duplicate',
      '3',
      '2 duplicate',
      '3 duplicate',
    ]);
    expect((await store.treeHead()).size).toBe(4);
  });

  it('writes nothing for a batch of duplicates only', async () => {
    await sequencer.sequence([newEntry('a')]);
    const before = toHex((await store.treeHead()).root);
    const { head, results } = await sequencer.sequence([newEntry('a'), newEntry('a')]);
    expect([head.size, toHex(head.root), toHex((await store.treeHead()).root)]).toEqual([
      1,
      before,
      before,
    ]);
    expect(results).toEqual(Array(2).fill({ index: 0, duplicate: true }));
  });

  it('continues the tree that a store holds', async () => {
    await sequencer.sequence(newEntries(0, 300));
    const next = new Sequencer(store);
    expect((await next.open()).size).toBe(300);
    expect(brief(await next.sequence([newEntry('entry 7'), newEntry('new')]))).toEqual([
      '7 duplicate',
      '300',
    ]);
  });
});

describe('a commit that fails', () => {
  it('and was not persisted: the error reaches the caller, and the same entries get in later', async () => {
    await sequencer.sequence(newEntries(0, 10));
    store.nextFault = 'not persisted';
    await expect(sequencer.sequence(newEntries(10, 20))).rejects.toMatchObject({ kind: 'failed' });
    await expectStoreSound(store);
    expect(brief(await sequencer.sequence(newEntries(10, 12)))).toEqual(['10', '11']);
  });

  it('but was persisted: the batch is answered as if nothing had happened', async () => {
    await sequencer.sequence(newEntries(0, 10));
    store.nextFault = 'reply lost';
    expect(brief(await sequencer.sequence(newEntries(10, 12)))).toEqual(['10', '11']);
    expect(brief(await sequencer.sequence(newEntries(9, 14)))).toEqual([
      '9 duplicate',
      '10 duplicate',
      '11 duplicate',
      '12',
      '13',
    ]);
  });

  it('for want of room: nothing was added, and later it is', async () => {
    store.kind = 'full';
    store.nextFault = 'not persisted';
    await expect(sequencer.sequence(newEntries(0, 3))).rejects.toMatchObject({ kind: 'full' });
    expect(brief(await sequencer.sequence(newEntries(0, 3)))).toEqual(['0', '1', '2']);
  });

  it('with a conflict is never taken for success', async () => {
    store.kind = 'conflict';
    store.nextFault = 'reply lost';
    await expect(sequencer.sequence(newEntries(0, 3))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('any number of times, in any way, never gives an index twice', async () => {
    const given = new Map<string, number>();
    for (let round = 0; round < 60; round++) {
      const fault = [undefined, 'not persisted', 'reply lost'] as const;
      store.nextFault = fault[(round * 7) % 3];
      const entries = newEntries(round * 3, round * 3 + 6);
      const batch = await sequencer.sequence(entries).catch((error) => {
        expect(error).toBeInstanceOf(StoreError);
      });
      for (const [i, { index }] of (batch?.results ?? []).entries()) {
        const id = toHex(entries[i]!.leafHash);
        expect(given.get(id) ?? index).toBe(index);
        given.set(id, index);
      }
    }
    expect(new Set(given.values()).size).toBe(given.size);
  });
});

describe('a store that is not what it must be', () => {
  it('because a tile is missing: conflict', async () => {
    await sequencer.sequence(newEntries(0, 3));
    store.tile = async () => undefined;
    await expect(new Sequencer(store).open()).rejects.toMatchObject({ kind: 'conflict' });
    store.tile = (level, index) => stored.tile(level, index);
  });

  it('because its tiles do not make its root: conflict', async () => {
    await sequencer.sequence(newEntries(0, 3));
    const { treeHead } = store;
    store.treeHead = async () => ({ size: 3, root: asHash(new Uint8Array(32)) });
    await expect(new Sequencer(store).open()).rejects.toMatchObject({ kind: 'conflict' });
    store.treeHead = treeHead;
  });
});
