/** What the index in SQLite promises beside the contract: bounded work, large segments, crashes and full disks. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Cursor, FoundPage, IndexReader } from '#explorer/index/search-index.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import { MAX_LOOKS } from '#explorer/index/sqlite/search.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { countEntry, lastHourOf, newTally, statsNumbers } from '#explorer/search/tally.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { IndexedLog } from '#test/support/indexed-log.ts';
import { seededRandom } from '#test/support/random.ts';
import { SmallDisk } from '#test/support/small-disk.ts';
import { tempFolder } from '#test/support/temp.ts';
import { describeIndex, type IndexPlace } from '../index-suite.ts';
import { BATCH, entryOf, ORIGIN } from './growing-index.ts';

const TYPES = { types: entryTypes(['tecp-receipt']), judged: true };

function placeAt(path: string): IndexPlace {
  return {
    openWriter: async (options) => openSqliteWriter(path, options),
    openReader: async (options) => openSqliteReader(path, options),
  };
}

describeIndex('SQLite', () => placeAt(join(tempFolder(), 'index.db')));

/** An index of the first entries of `entryOf`, shown; for one test. */
async function indexOf(size: number, batch = size) {
  const path = join(tempFolder(), 'index.db');
  const writer = openSqliteWriter(path, TYPES);
  onTestFinished(() => writer.close());
  const log = new IndexedLog(ORIGIN);
  await writer.progress(ORIGIN);
  for (let next = 0; next < size; next += batch) {
    const entries = Array.from({ length: Math.min(batch, size - next) }, (_, i) =>
      entryOf(next + i),
    );
    await writer.append(ORIGIN, [log.grow(entries)]);
  }
  await writer.confirm(ORIGIN, log.checkpoint());
  const reader = openSqliteReader(path, TYPES);
  onTestFinished(() => reader.close());
  return { path, writer, reader, log };
}

it('keeps the newest checkpoints, and for good when an entry was seen first', async () => {
  const path = join(tempFolder(), 'index.db');
  const log = new IndexedLog(ORIGIN);
  const open = () => openSqliteWriter(path, TYPES);
  let writer = open();
  await writer.progress(ORIGIN);
  await writer.append(ORIGIN, [log.grow([entryOf(0)])]);
  await writer.confirm(ORIGIN, log.checkpoint(7));
  const entries = Array.from({ length: 10_001 }, (_, i) => entryOf(i + 1));
  await writer.append(ORIGIN, [log.grow(entries)]);
  await writer.close();
  // As many as are kept, which would take as many transactions.
  const db = new Database(path);
  db.exec(`
    WITH RECURSIVE sizes (size) AS (SELECT 2 UNION ALL SELECT size + 1 FROM sizes LIMIT 10000)
    INSERT INTO checkpoints (log, size, root, note, seen_ms, cosigned)
    SELECT log, sizes.size, root, note, 8, cosigned FROM checkpoints, sizes`);
  db.close();
  writer = open();
  onTestFinished(() => writer.close());
  await writer.confirm(ORIGIN, log.checkpoint(9));
  const reader = openSqliteReader(path, TYPES);
  onTestFinished(() => reader.close());
  const kept = await reader.checkpoints(ORIGIN, { limit: 20_000 });
  expect([kept.length, kept[0]?.size, kept.at(-1)?.size]).toEqual([10_000, 10_002, 3]);
  expect(await reader.firstSeenMs(ORIGIN, 0)).toBe(7);
  expect(await reader.firstSeenMs(ORIGIN, 1)).toBe(9);
});

async function pagesOf(reader: IndexReader, filters: Filters): Promise<FoundPage[]> {
  const pages: FoundPage[] = [];
  let next: Cursor | undefined;
  do {
    const page = await reader.search(filters, 100, next);
    pages.push(page);
    next = page.next;
  } while (next !== undefined);
  return pages;
}

const indicesOf = (pages: readonly FoundPage[]) =>
  pages.flatMap(({ entries }) => entries.map(({ index }) => index));

describe('a search in SQLite', () => {
  it('ends its page when it has looked at as much as it may, and goes on from there', async () => {
    const size = 4 * MAX_LOOKS;
    const { reader } = await indexOf(size);
    // All begin with `git:entr`, which is a term; `git:entry` is not, so each has to be looked at.
    const pages = await pagesOf(reader, { codeRefPrefix: 'git:entrx' });
    expect(indicesOf(pages)).toEqual([]);
    expect(pages.length).toBeGreaterThanOrEqual(4);
    expect(pages.length).toBeLessThan(6);
    for (const [i, { next }] of pages.slice(0, -1).entries()) {
      const looks = (pages[i - 1]?.next ?? size) - next!;
      expect(looks).toBeLessThanOrEqual(MAX_LOOKS);
      expect(looks).toBeGreaterThan(MAX_LOOKS / 2);
    }
    expect(indicesOf(await pagesOf(reader, { codeRefPrefix: 'git:entry 17' }))).toContain(17);
  });

  it('finds the few among many in segments of every length, and across their ends', async () => {
    const size = 65_536 + 4096 + 256 + 7;
    const { reader } = await indexOf(size, 4000);
    const places = [
      0,
      255,
      256,
      4095,
      4096,
      65_535,
      65_536,
      69_631,
      69_632,
      69_887,
      69_888,
      size - 1,
    ];
    for (const index of places) {
      const filters = { leaf: toHex(leafHash(entryOf(index))) };
      expect(indicesOf(await pagesOf(reader, filters))).toEqual([index]);
    }
    const every = (step: number) =>
      Array.from({ length: Math.ceil(size / step) }, (_, i) => i * step).reverse();
    expect(indicesOf(await pagesOf(reader, { policies: ['every_7th'] }))).toEqual(every(7));
    const both = { policies: ['every_11th', 'every_7th'] };
    expect(indicesOf(await pagesOf(reader, both))).toEqual(every(77));
    // Ends of blocks of times are among them: the least and the greatest of a block are in it.
    for (const index of places) {
      const at = { fromMs: index * 1000, toMs: index * 1000 + 1 };
      expect([index, indicesOf(await pagesOf(reader, at))]).toEqual([index, [index]]);
    }
    const [from, to] = [65_530, 65_541];
    const timed = { fromMs: from * 1000, toMs: to * 1000 };
    const inTime = Array.from({ length: to - from }, (_, i) => to - 1 - i);
    expect(indicesOf(await pagesOf(reader, timed))).toEqual(inTime);
  });

  it('passes over what frequent terms do not share, and times that no entry states, in one page', async () => {
    const { reader } = await indexOf(20_000);
    for (const filters of [
      { policies: ['even', 'odd'] },
      { fromMs: 5_000_001, toMs: 5_000_999 },
      { fromMs: 1e12 },
      { policies: ['even'], fromMs: 15_001_000, toMs: 15_001_001 },
    ]) {
      const pages = await pagesOf(reader, filters);
      const whole = [...pages[0]!.searched.values()];
      expect([filters, pages.length, whole]).toEqual([filters, 1, [{ from: 0, to: 20_000 }]]);
      expect(indicesOf(pages)).toEqual([]);
    }
  });
});

it('an index that was killed is whole, and goes on', async () => {
  const random = seededRandom('killed index');
  const path = join(tempFolder(), 'index.db');
  for (let round = 0; round < 3; round++) {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./growing-index.ts', import.meta.url)), path],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let told = 0;
    const enough = Math.floor(random.between(1, 12));
    for await (const _ of child.stdout) if (++told === enough) break;
    // In the middle of whatever it does.
    setTimeout(() => child.kill('SIGKILL'), random.between(0, 30));
    await once(child, 'exit');
    await expectWhole(path);
  }
});

/** What is shown is what was appended, by its entries, what they are found by and what they come to. */
async function expectWhole(path: string): Promise<void> {
  const writer = openSqliteWriter(path, TYPES);
  const reader = openSqliteReader(path, TYPES);
  try {
    const { size, confirmed } = await writer.progress(ORIGIN);
    const shown = confirmed?.size ?? 0;
    expect([size % BATCH, shown % BATCH]).toEqual([0, 0]);
    expect(size - shown).toBeLessThanOrEqual(BATCH);
    const tally = newTally();
    for (let index = 0; index < shown; index++) {
      const bytes = entryOf(index);
      countEntry(tally, describeEntry(bytes, TYPES.types), bytes.length, false);
      if (index % 37 !== 0) continue;
      const filters = { leaf: toHex(leafHash(bytes)) };
      expect(indicesOf(await pagesOf(reader, filters))).toEqual([index]);
    }
    expect(await reader.counts(ORIGIN)).toEqual(statsNumbers(tally, lastHourOf(0)));
  } finally {
    await reader.close();
    await writer.close();
  }
}

describe('on a full disk', () => {
  it('an append says so and leaves nothing, and a later one succeeds', async ({ skip }) => {
    const folder = tempFolder();
    const disk = SmallDisk.mount(folder, 4);
    if (disk === undefined) return skip('this machine lets nobody mount here');
    onTestFinished(() => disk.unmount());
    const path = join(folder, 'index.db');
    const writer = openSqliteWriter(path, TYPES);
    const log = new IndexedLog(ORIGIN);
    await writer.progress(ORIGIN);
    const first = log.grow(Array.from({ length: 300 }, (_, i) => entryOf(i)));
    await writer.append(ORIGIN, [first]);
    const more = log.grow(Array.from({ length: 9000 }, (_, i) => entryOf(300 + i)));
    const full = { name: 'SearchIndexError', kind: 'full' };
    await expect(writer.append(ORIGIN, [more])).rejects.toMatchObject(full);
    expect((await writer.progress(ORIGIN)).size).toBe(300);
    disk.grow(60);
    await writer.append(ORIGIN, [more]);
    await writer.confirm(ORIGIN, log.checkpoint());
    const reader = openSqliteReader(path, TYPES);
    for (const index of [0, 299, 300, 9299]) {
      const filters = { leaf: toHex(leafHash(entryOf(index))) };
      expect(indicesOf(await pagesOf(reader, filters))).toEqual([index]);
    }
    await reader.close();
    await writer.close();
  });
});
