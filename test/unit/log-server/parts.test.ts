/** The small parts of serving: caches, budgets, waiters, nodes out of tiles, and what errors mean. */
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { LogLimits } from '#log-server/config.ts';
import { QueueFullError } from '#log-server/sequencing/batcher.ts';
import { Clients, newSharing } from '#log-server/serving/clients.ts';
import { toProblem } from '#log-server/serving/problems.ts';
import { ProofWaiters, TooManyWaitersError } from '#log-server/serving/proof-waiters.ts';
import type { PublishedCheckpoint } from '#log-server/serving/published-checkpoint.ts';
import { ServedLog, type ServedLogOptions } from '#log-server/serving/served-log.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { type LogReader, StoreError } from '#log-server/store/store.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import { toHex } from '#protocol/bytes.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { ByteBudget } from '#service/byte-budget.ts';
import type { Exchange } from '#service/pipeline.ts';
import { logKey } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { until } from '#test/support/wait.ts';
import { auditPath, consistencyPath } from '../protocol/merkle/reference-tree.ts';
import { newEntries } from './batches.ts';

describe('a byte budget', () => {
  it('holds what fits and refuses what does not, until it is given back', () => {
    const budget = new ByteBudget(10);
    const giveBack = budget.reserve('a', 8)!;
    expect(budget.reserve('b', 3)).toBeUndefined();
    budget.reserve('b', 2)!();
    giveBack();
    expect(budget.reserve('a', 10)).toBeDefined();
  });

  it('gives one client a quarter, or one thing that is larger, and the rest to others', () => {
    const budget = new ByteBudget(16);
    const giveBack = budget.reserve('slow', 3)!;
    expect(budget.reserve('slow', 2)).toBeUndefined();
    expect(budget.reserve('slow', 1)).toBeDefined();
    expect(budget.reserve('other', 12)).toBeDefined();
    expect(budget.reserve('third', 1)).toBeUndefined();
    giveBack();
    expect(budget.reserve('third', 3)).toBeDefined();
  });

  it('has room for one thing that is larger than all of it', () => {
    const budget = new ByteBudget(16);
    const giveBack = budget.reserve('a', 17)!;
    expect(budget.reserve('b', 1)).toBeUndefined();
    giveBack();
    expect(budget.reserve('b', 1)).toBeDefined();
    expect(budget.reserve('a', 17)).toBeUndefined();
  });
});

describe('a front end, however many there are', () => {
  it('has room for a large batch of each of several clients', () => {
    const rate = { per_second: 1, burst: 1 };
    const limits = { submissions: rate, reads: rate } as LogLimits;
    const clients = new Clients(limits, false, newSharing(64));
    for (const remoteAddress of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
      const exchange = { incoming: { socket: { remoteAddress } } } as Exchange;
      expect(() => clients.holdBody(exchange, 16 * 1024 * 1024)).not.toThrow();
    }
  });
});

describe('proof waiters', () => {
  const checkpoint = (size: number) => ({ size }) as PublishedCheckpoint;

  it('are answered by the first checkpoint that covers their index', async () => {
    const waiters = new ProofWaiters(10);
    const [at4, at5] = [waiters.wait(4, 5000), waiters.wait(5, 5000)];
    waiters.published(checkpoint(5));
    expect((await at4)?.size).toBe(5);
    expect(waiters.count).toBe(1);
    waiters.published(checkpoint(9));
    expect((await at5)?.size).toBe(9);
    expect(waiters.count).toBe(0);
  });

  it('give up after their time, when cancelled, and when all is closed', async () => {
    const waiters = new ProofWaiters(10);
    expect(await waiters.wait(0, 5)).toBeUndefined();
    const cancelled = new AbortController();
    const waiting = waiters.wait(0, 5000, cancelled.signal);
    cancelled.abort();
    expect(await waiting).toBeUndefined();
    expect(await waiters.wait(0, 60_000, cancelled.signal)).toBeUndefined();
    const last = waiters.wait(0, 5000);
    waiters.close();
    expect(await last).toBeUndefined();
    expect(waiters.count).toBe(0);
  });

  it('are limited in number: asking first throws, what is stored already is answered', async () => {
    const waiters = new ProofWaiters(1);
    waiters.checkRoom();
    const waiting = waiters.wait(0, 5000);
    expect(() => waiters.checkRoom()).toThrow(TooManyWaitersError);
    expect(await waiters.wait(0, 5000)).toBeUndefined();
    waiters.published(checkpoint(1));
    expect((await waiting)?.size).toBe(1);
    waiters.checkRoom();
  });
});

describe('a frozen log', () => {
  it('answers with the index of what it has signed, and of nothing else', async () => {
    const refused: string[] = [];
    const log = new ServedLog({
      store: { findLeaves: async () => [0, undefined] },
      sequencer: { standing: { isFrozen: true, signedSize: 1 }, onChange: () => undefined },
      onRefused: (code: string) => refused.push(code),
    } as unknown as ServedLogOptions);
    expect(await log.sequence(newEntries(0, 2))).toEqual([
      { index: 0, duplicate: true },
      undefined,
    ]);
    Object.assign(log.standing, { signedSize: 0 });
    await expect(log.sequence(newEntries(0, 2))).rejects.toBeInstanceOf(StoreError);
    expect(refused).toEqual(['log-frozen', 'storage', 'storage']);
  });
});

describe('a tree reader', () => {
  async function treeOf(size: number, from = 0) {
    const store = createTestWriter(logKey());
    const sequencer = new Sequencer(store);
    const entries = newEntries(from, from + size);
    await sequencer.sequence(entries);
    return { store, sequencer, leaves: entries.map(({ leafHash }) => leafHash) };
  }

  it('proves any index and any pair of sizes, as RFC 6962 says', async () => {
    const { store, leaves } = await treeOf(700);
    const tree = new TreeReader(store, 'log.example/test', createTileCache());
    for (const size of [1, 2, 255, 256, 257, 511, 512, 513, 699, 700]) {
      for (const index of [0, 1, 255, 256, 511, 512, size - 1].filter((i) => i < size)) {
        const expected = auditPath(index, leaves.slice(0, size)).map(toHex);
        expect((await tree.inclusionProof(index, size)).map(toHex)).toEqual(expected);
      }
      for (const old of [0, 1, 100, 256, 300, 512].filter((s) => s <= size)) {
        const expected = consistencyPath(old, leaves.slice(0, size)).map(toHex);
        expect((await tree.consistencyProof(old, size)).map(toHex)).toEqual(expected);
      }
    }
    await store.close();
  });

  it('asks for all that a proof needs at once, as the store may be far away', async () => {
    const { store } = await treeOf(700);
    let [all, asked, most] = [0, 0, 0];
    const far = {
      strip: async (level: number, index: number) => {
        all++;
        most = Math.max(most, ++asked);
        await setImmediate();
        asked--;
        return await store.strip(level, index);
      },
    };
    const tree = new TreeReader(far as LogReader, 'log.example/test', createTileCache());
    await tree.inclusionProof(0, 700);
    expect(all).toBeGreaterThan(2);
    expect(most).toBe(all);
  });

  it('shares its cache with others, and never takes their strips for its own', async () => {
    const trees = [await treeOf(300), await treeOf(300, 1000)];
    const tiles = createTileCache();
    for (const [i, { store, leaves }] of trees.entries()) {
      const tree = new TreeReader(store, `log.example/${i}`, tiles);
      const expected = auditPath(3, leaves).map(toHex);
      expect((await tree.inclusionProof(3, 300)).map(toHex)).toEqual(expected);
      await store.close();
    }
  });

  it('sees a strip grow that it has read before', async () => {
    const { store, sequencer, leaves } = await treeOf(5);
    const tree = new TreeReader(store, 'log.example/test', createTileCache());
    await tree.inclusionProof(0, 5);
    const more = newEntries(5, 300);
    await sequencer.sequence(more);
    const all = [...leaves, ...more.map(({ leafHash }) => leafHash)];
    expect((await tree.inclusionProof(0, 300)).map(toHex)).toEqual(auditPath(0, all).map(toHex));
    await store.close();
  });

  it('keeps nothing beyond the tree that it was asked about, which a database may lose', async () => {
    const [before, after] = [await treeOf(37), await treeOf(17)];
    const others = newEntries(1000, 1020);
    await after.sequencer.sequence(others);
    const leaves = [...after.leaves, ...others.map(({ leafHash }) => leafHash)];
    const tiles = createTileCache();
    const origin = 'log.example/test';
    const lost = new TreeReader(before.store, origin, tiles);
    for (let index = 0; index < 17; index++) await lost.inclusionProof(index, 17);
    const tree = new TreeReader(after.store, origin, tiles);
    for (const index of [0, 16, 36]) {
      const expected = auditPath(index, leaves).map(toHex);
      expect((await tree.inclusionProof(index, 37)).map(toHex)).toEqual(expected);
    }
    for (const { store } of [before, after]) await store.close();
  });

  it('reads a strip once for all who ask for it at the same time', async () => {
    const { store, leaves } = await treeOf(300);
    let reads = 0;
    const counting = {
      strip: async (level: number, index: number) => {
        reads++;
        return await store.strip(level, index);
      },
    };
    const tree = new TreeReader(
      counting as unknown as LogReader,
      'log.example/test',
      createTileCache(),
    );
    const proofs = await Promise.all(leaves.map((_, index) => tree.inclusionProof(index, 300)));
    const strips = 19 + 2 + 1;
    expect(reads).toBeLessThanOrEqual(strips);
    expect(proofs[299]!.map(toHex)).toEqual(auditPath(299, leaves).map(toHex));
    await store.close();
  });

  it('is not misled by a read that began before the strip grew', async () => {
    const { store, sequencer, leaves } = await treeOf(5);
    let release: (() => void) | undefined;
    let isFirst = true;
    const slow = {
      async strip(level: number, index: number) {
        const bytes = await store.strip(level, index);
        if (isFirst) {
          isFirst = false;
          await new Promise<void>((resolve) => (release = resolve));
        }
        return bytes;
      },
    };
    const tree = new TreeReader(
      slow as unknown as LogReader,
      'log.example/test',
      createTileCache(),
    );
    const early = tree.inclusionProof(0, 5);
    const goOn = await until(() => release);
    const more = newEntries(5, 9);
    await sequencer.sequence(more);
    const late = tree.inclusionProof(8, 9);
    goOn();
    const all = [...leaves, ...more.map(({ leafHash }) => leafHash)];
    expect((await early).map(toHex)).toEqual(auditPath(0, leaves).map(toHex));
    expect((await late).map(toHex)).toEqual(auditPath(8, all).map(toHex));
    await store.close();
  });

  it('rejects what is not in the tree', async () => {
    const { store } = await treeOf(5);
    const tree = new TreeReader(store, 'log.example/test', createTileCache());
    await expect(tree.inclusionProof(5, 5)).rejects.toBeInstanceOf(RangeError);
    await expect(tree.consistencyProof(6, 5)).rejects.toBeInstanceOf(RangeError);
    await expect(tree.inclusionProof(0, 9)).rejects.toMatchObject({ kind: 'failed' });
    await expect(tree.inclusionProof(0, 999)).rejects.toMatchObject({ kind: 'failed' });
    await store.close();
  });
});

describe('errors of the log', () => {
  it.each([
    [new ReceiptError('E-SIG-002', 'x', 'sig'), 400, 'E-SIG-002', undefined],
    [new ReceiptError('E-SIZE-001', 'x'), 413, 'E-SIZE-001', undefined],
    [new QueueFullError('x'), 503, 'overloaded', 1],
    [new TooManyWaitersError('x'), 503, 'too-many-waiters', 1],
    [new StoreError('full', 'disk /var/x'), 503, 'storage-full', 10],
    [new StoreError('failed', 'secret path'), 503, 'storage-failed', 1],
    [new StoreError('conflict', 'secret path'), 503, 'storage-failed', 1],
  ])('%s has its own answer', (error, status, code, retryAfterSeconds) => {
    const problem = toProblem(error)!;
    expect(problem).toMatchObject({ status, code });
    expect(problem.retryAfterSeconds).toBe(retryAfterSeconds);
    if (error instanceof StoreError) expect(problem.message).not.toContain(error.message);
  });

  it('that are bugs have none', () => {
    expect(toProblem(new TypeError('x'))).toBeUndefined();
    expect(toProblem('x')).toBeUndefined();
  });
});
