/**
 * What work may cost, counted and not timed: statements, pages and hashes of a batch, and what a proof
 * reads, in logs of 10, 1,000 and 70,000 entries. Appending stays O(1) amortised, a proof O(log n).
 */
import crypto from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import { packEntries, unpackEntries } from '#log-server/store/packed-entries.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { SQLITE_PAGE_BYTES } from '#log-server/store/sqlite/schema.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import type { OpenedDatabase } from '#service/sqlite.ts';
import { logKey } from '#test/support/log.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { newEntries } from './batches.ts';

const SIZES = [10, 1000, 70_000];
const BATCH = 50;
const log16 = (size: number) => Math.ceil(Math.log2(size) / 4);

/** Calls of `methods` of an object while `work` runs. */
async function callsOf<T extends object>(
  owner: T,
  methods: readonly (keyof T)[],
  work: () => Promise<unknown>,
): Promise<number> {
  let calls = 0;
  const originals = methods.map((method) => [method, owner[method]] as const);
  for (const [method, original] of originals) {
    owner[method] = function (this: unknown, ...args: unknown[]) {
      calls++;
      return (original as (...args: unknown[]) => unknown).apply(this, args);
    } as T[typeof method];
  }
  try {
    await work();
  } finally {
    for (const [method, original] of originals) owner[method] = original;
  }
  return calls;
}

/** Runs of statements, those that begin and end transactions included. */
async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const db = new Database(':memory:');
  const statement = Object.getPrototypeOf(db.prepare('SELECT 1')) as Database.Statement;
  db.close();
  return await callsOf(statement, ['run', 'get', 'all'], work);
}

const hashesOf = (work: () => Promise<unknown>) => callsOf(crypto, ['hash'], work);

/** A log of `size` entries, and what it wrote to its write-ahead log since, in pages. */
async function logOf(size: number) {
  const path = join(memoryFolder(), 'log.db');
  const writer = SqliteWriter.create(path, identityOf(logKey()));
  const sequencer = new Sequencer(writer);
  for (let at = 0; at < size; at += 5000) {
    await sequencer.sequence(newEntries(at, Math.min(size, at + 5000)));
  }
  const { db } = (writer as unknown as { database: OpenedDatabase }).database;
  // What is not in the index is known from here on.
  await writer.findLeaves([]);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('wal_autocheckpoint = 0');
  return { writer, sequencer, pages: () => statSync(`${path}-wal`).size / SQLITE_PAGE_BYTES };
}

describe.each(SIZES)('in a log of %i', (size) => {
  let log: Awaited<ReturnType<typeof logOf>>;
  beforeAll(async () => {
    log = await logOf(size);
  });
  afterAll(() => log.writer.close());

  it('a batch of known entries reads each, and writes nothing', async () => {
    const { sequencer, pages } = log;
    const known = newEntries(0, 10);
    expect(await statementsOf(() => sequencer.sequence(known))).toBeLessThanOrEqual(10 + 3);
    expect(pages()).toBe(0);
  });

  it('a proof reads a strip for every four levels, each once, and hashes 15 nodes of it', async () => {
    const { writer } = log;
    for (const index of [0, 9, Math.floor(size / 3), size - 1].filter((i) => i < size)) {
      const strips = { strip: (...place: [number, number]) => writer.strip(...place) };
      const tree = new TreeReader(strips as unknown as LogReader, 'log', createTileCache());
      let reads = 0;
      const hashes = await hashesOf(async () => {
        reads = await callsOf(strips, ['strip'], () => tree.inclusionProof(index, size));
      });
      // Those on the way up, and at the right edge those that have grown no root yet.
      expect(reads).toBeLessThanOrEqual(2 * log16(size));
      expect(hashes).toBeLessThanOrEqual(15 * reads + 4 * log16(size));
      const again = await callsOf(strips, ['strip'], () => tree.inclusionProof(index, size));
      expect(again).toBe(0);
    }
  });

  it('a batch costs so many statements, pages and hashes for each entry, and a few for the tree', async () => {
    const { sequencer, pages } = log;
    // The last of all, as it makes the log larger.
    const levels = log16(size + BATCH);
    const strips = BATCH / 16 + BATCH / 256 + 2 * levels;
    let statements = 0;
    const hashes = await hashesOf(async () => {
      const entries = newEntries(size, size + BATCH);
      statements = await statementsOf(() => sequencer.sequence(entries));
    });
    // A lookup and an entry for each, and a leaf of a generation before, if there is one; both transactions,
    // how far index and tree are, twice, and the tree head; what came since the last lookup.
    expect(statements).toBeLessThanOrEqual(3 * BATCH + strips + 8);
    expect(statements).toBeGreaterThan((size < 100 ? 2 : 3) * BATCH);
    // The leaf itself, and one node amortised; the root from its subtrees, for the commit and the answer.
    expect(hashes).toBeLessThanOrEqual(2 * BATCH + 4 * 4 * levels);
    expect(hashes).toBeGreaterThan(1.5 * BATCH);
    // Leaves that are neighbours in the index move at a time: a few pages of it, however large it is.
    expect(pages()).toBeLessThanOrEqual(2 * levels + 10);
  });
});

it('entries are copied once on their way to the writer', () => {
  const entries = newEntries(0, 20);
  const packed = packEntries(entries);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length + 32, 0);
  expect(packed.bytes.buffer.byteLength).toBe(bytes);
  for (const entry of unpackEntries(packed)) {
    expect(entry.bytes.buffer).toBe(packed.bytes.buffer);
    expect(entry.leafHash.buffer).toBe(packed.bytes.buffer);
  }
});
