/** The behaviour of an index, as explorer/index/search-index.ts promises it. Every kind of index must pass. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
  Cursor,
  FoundEntry,
  IndexOptions,
  IndexReader,
  IndexWriter,
  IndexWriterOptions,
} from '#explorer/index/search-index.ts';
import { describeEntry } from '#explorer/search/described-entry.ts';
import type { Filters } from '#explorer/search/filters.ts';
import { matches } from '#explorer/search/matches.ts';
import {
  countEntry,
  lastHourOf,
  MAX_HOURS,
  newTally,
  statsNumbers,
} from '#explorer/search/tally.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { tileWidth } from '#protocol/merkle/tiles.ts';
import { ConfigError } from '#service/errors.ts';
import { IndexedLog, receiptOf } from '#test/support/indexed-log.ts';
import { type Random, seededRandom } from '#test/support/random.ts';

/** Where one index is. */
export interface IndexPlace {
  openWriter(options: IndexWriterOptions): Promise<IndexWriter>;
  /** The writer has been open. */
  openReader(options: IndexOptions): Promise<IndexReader>;
}

const TYPES = { types: entryTypes(['tecp-receipt']), judged: true };
const frozen = { name: 'SearchIndexError', kind: 'frozen' };
const HOUR_MS = 3_600_000;

export function describeIndex(name: string, newPlace: () => IndexPlace): void {
  const random = seededRandom(name);
  describe(`${name} keeps the contract of an index`, () => {
    let place: IndexPlace;
    let writer: IndexWriter;
    let reader: IndexReader;
    let a: IndexedLog;
    let b: IndexedLog;

    beforeEach(async () => {
      place = newPlace();
      writer = await place.openWriter(TYPES);
      reader = await place.openReader(TYPES);
      [a, b] = [new IndexedLog('log.example/a'), new IndexedLog('log.example/b')];
      for (const { origin } of [a, b]) await writer.progress(origin);
    });
    afterEach(async () => {
      await reader.close();
      await writer.close();
    });

    async function append(log: IndexedLog, ...entries: readonly Uint8Array[]): Promise<void> {
      await writer.append(log.origin, [log.grow(entries)]);
    }

    async function show(log: IndexedLog, seenMs = 0): Promise<void> {
      await writer.confirm(log.origin, log.checkpoint(seenMs));
    }

    async function reopen(): Promise<void> {
      await reader.close();
      await writer.close();
      writer = await place.openWriter(TYPES);
      reader = await place.openReader(TYPES);
    }

    describe('what is shown', () => {
      it('is nothing at first', async () => {
        expect(await reader.logs()).toEqual(
          [a, b].map(({ origin }) => ({ origin, size: 0, evidence: [] })),
        );
        const nothing = { from: 0, to: 0 };
        expect(await reader.search({}, 10)).toEqual({
          entries: [],
          searched: new Map([a, b].map(({ origin }) => [origin, nothing])),
        });
        expect(await reader.entry(a.origin, 0)).toBeUndefined();
        expect(await reader.entries(a.origin, 0, 10)).toEqual([]);
        expect(await reader.tile(a.origin, 0, 0, 1)).toBeUndefined();
        expect(await reader.counts(a.origin)).toEqual(statsNumbers(newTally(), lastHourOf(0)));
        expect(await reader.checkpoints(a.origin, { limit: 10 })).toEqual([]);
        expect(await reader.evidence('none')).toBeUndefined();
      });

      it('is what was confirmed, in all that can be asked, and nothing that is on its way', async () => {
        await append(a, ...receipts(300));
        await show(a);
        const shown = a.entries.slice();
        const checkpoint = a.checkpoint();
        await append(a, ...receipts(300));
        await append(b, ...receipts(5));
        expect((await reader.logs()).map(({ size, confirmed }) => [size, confirmed])).toEqual([
          [600, checkpoint],
          [5, undefined],
        ]);
        expect((await everyPage({})).map(({ bytes }) => toHex(bytes))).toEqual(
          shown.map(toHex).reverse(),
        );
        expect(await reader.entry(a.origin, 299)).toBeDefined();
        expect(await reader.entry(a.origin, 300)).toBeUndefined();
        expect((await reader.search({ index: 300 }, 10)).entries).toEqual([]);
        expect((await reader.search({ index: 0, log: b.origin }, 10)).entries).toEqual([]);
        expect((await reader.entries(a.origin, 290, 400)).length).toBe(10);
        expect(await reader.tile(a.origin, 0, 1, 44)).toBeDefined();
        expect(await reader.tile(a.origin, 0, 1, 45)).toBeUndefined();
        expect((await reader.counts(a.origin)).size).toBe(300);
        expect(await everyPage({ log: b.origin })).toEqual([]);
        for (const log of await reader.logs()) expect(await reader.log(log.origin)).toEqual(log);
        expect(await reader.log('log.example/other')).toBeUndefined();
        await show(b);
        expect((await everyPage({ log: b.origin })).length).toBe(5);
        expect((await everyPage({})).length).toBe(305);
      });

      it('is each entry with its bytes, its leaf hash and its fault', async () => {
        const entries = [encodeUtf8('no receipt'), new Uint8Array(65_535).fill(7), ...receipts(1)];
        await writer.append(a.origin, [a.grow(entries, new Map([[1, 'E-SCHEMA-002']]))]);
        await show(a);
        const found = await everyPage({});
        expect(found.map(({ index, fault }) => [index, fault])).toEqual([
          [2, undefined],
          [1, 'E-SCHEMA-002'],
          [0, undefined],
        ]);
        for (const entry of found) {
          const bytes = entries[entry.index]!;
          expect(toHex(entry.bytes)).toBe(toHex(bytes));
          expect(toHex(entry.leafHash)).toBe(toHex(leafHash(bytes)));
          const alone = await reader.entry(a.origin, entry.index);
          expect(alone?.fault).toBe(entry.fault);
          expect(toHex(alone!.bytes)).toBe(toHex(bytes));
        }
      });

      it('is at most a bundle of entries at a time, in their order', async () => {
        await append(a, ...receipts(700));
        await show(a);
        const read = await reader.entries(a.origin, 100, 700);
        expect(read.map(toHex)).toEqual(a.entries.slice(100, 356).map(toHex));
      });

      it('is every tile of the tree, in every width that it has had', async () => {
        for (const size of [1, 255, 256, 600]) {
          await append(a, ...receipts(size - a.entries.length));
          await show(a);
          for (const level of [0, 1, 2]) {
            for (let index = 0; index < 4; index++) await expectTile(level, index, size);
          }
        }
        const leaves = a.entries.slice(512, 600).map((entry) => toHex(leafHash(entry)));
        expect(toHex((await reader.tile(a.origin, 0, 2, 88))!)).toBe(leaves.join(''));
        expect(await writer.tile(a.origin, 0, 2, 88)).toEqual(
          await reader.tile(a.origin, 0, 2, 88),
        );
      });

      async function expectTile(level: number, index: number, size: number): Promise<void> {
        const width = tileWidth(level, index, size);
        for (const asked of [1, width, width + 1].filter((n) => n >= 1 && n <= 256)) {
          const tile = await reader.tile(a.origin, level, index, asked);
          expect(tile?.length).toBe(asked <= width ? 32 * asked : undefined);
        }
      }
    });

    describe('a search', () => {
      it('finds what passes, all of it and nothing else, newest first, whatever it asks for', async () => {
        const world = await fill();
        for (let i = 0; i < 60; i++) {
          const filters = someFilters(world);
          const expected = world.filter((entry) => matches(filters, entry));
          const found = await everyPage(filters, 20 + Math.floor(random.between(0, 300)));
          expect([filters, found.map(idOf)]).toEqual([filters, expected.map(idOf)]);
        }
      });

      it('finds each entry by each of its facts', async () => {
        const world = await fill();
        for (const entry of world.filter((_, i) => i % 997 === 0)) {
          const { log, index, leafHash: leaf, facts } = entry;
          const { policies: _, ...single } = facts;
          const alone: Filters[] = [
            { log, index },
            { leaf: toHex(leaf) },
            { hash: encodeBase64Url(leaf) },
            ...Object.entries(single).map(([fact, value]) => ({ [fact]: value })),
            ...(facts.policies ?? []).map((policy) => ({ policies: [policy] })),
          ];
          for (const filters of alone) {
            expect([filters, (await everyPage(filters, 1000)).map(idOf)]).toEqual([
              filters,
              expect.arrayContaining([idOf(entry)]),
            ]);
          }
        }
      });

      it('finds by any beginning of a code reference', async () => {
        const codeRef = `build:sha256:${'0123456789abcdef'.repeat(8)}`;
        await append(a, ...receipts(40), receiptWith({ codeRef }), ...receipts(40));
        await show(a);
        for (let length = 1; length <= codeRef.length; length++) {
          const codeRefPrefix = codeRef.slice(0, length);
          const found = await everyPage({ codeRefPrefix });
          expect([length, found.map(({ index }) => index)]).toEqual([
            length,
            expect.arrayContaining([40]),
          ]);
          const other = `${codeRefPrefix.slice(0, -1)}~`;
          expect(await everyPage({ codeRefPrefix: other })).toEqual([]);
        }
      });

      it('goes on behind its page, whatever is appended and shown meanwhile', async () => {
        await append(a, ...receipts(500));
        await append(b, ...receipts(30));
        await append(a, ...receipts(20));
        await show(a);
        let page = await reader.search({}, 50);
        const found = [...page.entries];
        const shown = a.entries.length;
        while (page.next !== undefined) {
          await append(a, ...receipts(3));
          await show(a);
          page = await reader.search({}, 50, page.next);
          found.push(...page.entries);
        }
        expect(found.map(({ log, index }) => [log, index])).toEqual(
          Array.from({ length: shown }, (_, i) => [a.origin, shown - 1 - i]),
        );
      });

      it('answers for all entries of each log that was shown, in ranges that join', async () => {
        await fill();
        const logs = await reader.logs();
        const ends = new Map(logs.map(({ origin, confirmed }) => [origin, confirmed!.size]));
        const filters = [{}, { policies: ['often'] }, { index: 17 }, { codeRef: 'git:no' }];
        for (const asked of filters) {
          const at = new Map(ends);
          let next: Cursor | undefined;
          do {
            const { entries, searched, next: more } = await reader.search(asked, 40, next);
            expect([...searched].map(([log, { to }]) => [log, to])).toEqual([...at]);
            for (const [log, { from }] of searched) at.set(log, from);
            for (const { log, index } of entries) {
              const { from, to } = searched.get(log)!;
              expect(index >= from && index < to).toBe(true);
            }
            next = more;
          } while (next !== undefined);
          expect([...at.values()]).toEqual([0, 0]);
        }
      });

      it('says with its last entries that there is nothing older', async () => {
        await append(a, ...receipts(100));
        await show(a);
        expect((await reader.search({}, 100)).next).toBeUndefined();
        const page = await reader.search({}, 99);
        expect(page.entries.length).toBe(99);
        expect((await reader.search({}, 99, page.next)).entries.map(({ index }) => index)).toEqual([
          0,
        ]);
      });

      it('of a log that is not known finds nothing', async () => {
        await append(a, ...receipts(1));
        await show(a);
        expect(await reader.search({ log: 'log.example/other' }, 10)).toEqual({
          entries: [],
          searched: new Map(),
        });
        expect(await reader.entry('log.example/other', 0)).toBeUndefined();
      });
    });

    describe('what entries come to', () => {
      it('is what a tally of all of them says, however many values there are', async () => {
        const tally = newTally();
        for (let round = 0; round < 6; round++) {
          const entries = Array.from({ length: 700 }, (_, i) => hostileEntry(round * 700 + i));
          const faults = new Map([[round, 'E-SIG-002']]);
          await writer.append(a.origin, [a.grow(entries, faults)]);
          for (const [i, bytes] of entries.entries()) {
            countEntry(tally, describeEntry(bytes, TYPES.types), bytes.length, faults.has(i));
          }
          const before = await reader.counts(a.origin);
          expect(before.size).toBe(700 * round);
          // Hours that were to come are told when their time has come.
          const seenMs = 1500 * round * HOUR_MS;
          await show(a, seenMs);
          expect(await reader.counts(a.origin)).toEqual(statsNumbers(tally, lastHourOf(seenMs)));
          if (round === 2) await reopen();
        }
        const { hours, hours_other } = await reader.counts(a.origin);
        expect([hours.length, hours_other > 0]).toEqual([MAX_HOURS, true]);
      });
    });

    describe('checkpoints', () => {
      it('are kept that were confirmed, with the time at which each was seen first', async () => {
        for (const seenMs of [10, 20, 30]) {
          await append(a, ...receipts(seenMs));
          await show(a, seenMs);
        }
        await show(a, 40);
        const sizes = async (options: { limit: number; before?: number }) =>
          (await reader.checkpoints(a.origin, options)).map(({ size, seenMs }) => [size, seenMs]);
        expect(await sizes({ limit: 9 })).toEqual([
          [60, 30],
          [30, 20],
          [10, 10],
        ]);
        expect(await sizes({ limit: 1 })).toEqual([[60, 30]]);
        expect(await sizes({ limit: 1, before: 60 })).toEqual([[30, 20]]);
        const [newest] = await reader.checkpoints(a.origin, { limit: 1, notes: true });
        // Its cosignatures are those that were seen last.
        const { note, ...listed } = a.checkpoint(40);
        expect(newest).toEqual({ ...listed, note, seenMs: 30 });
        const [bare] = await reader.checkpoints(a.origin, { limit: 1 });
        expect(Object.keys(bare!).toSorted()).toEqual(Object.keys(listed).toSorted());
        expect((await reader.logs())[0]?.confirmed).toEqual(newest);
      });

      it('tell when each entry was seen first', async () => {
        for (const seenMs of [10, 20, 30]) {
          await append(a, ...receipts(seenMs));
          await show(a, seenMs);
        }
        await show(a, 40);
        await append(a, ...receipts(1));
        const seen = [0, 9, 10, 29, 59, 60].map((index) => reader.firstSeenMs(a.origin, index));
        expect(await Promise.all(seen)).toEqual([10, 10, 20, 20, 30, undefined]);
        expect(await reader.firstSeenMs('log.example/other', 0)).toBeUndefined();
      });

      it('are on record from the beginning of their tree, over a restart', async () => {
        await append(a, ...receipts(3));
        await show(a);
        const other = new IndexedLog(a.origin);
        other.grow(receipts(7));
        await writer.begin(a.origin, other.checkpoint(1));
        await writer.begin(a.origin, other.checkpoint(2));
        await reopen();
        const { begun, confirmed } = await writer.progress(a.origin);
        expect([begun, confirmed?.size]).toEqual([other.checkpoint(2), 3]);
        await append(a, ...receipts(4));
        await show(a);
        expect((await writer.progress(a.origin)).begun).toBeUndefined();
      });

      it('are of the tree that is here, or are refused', async () => {
        await append(a, ...receipts(3));
        const early = a.checkpoint();
        await append(a, ...receipts(3));
        await expect(writer.confirm(a.origin, early)).rejects.toThrow(RangeError);
        await show(a);
        const other = new IndexedLog(a.origin);
        other.grow(receipts(6));
        await expect(writer.confirm(a.origin, other.checkpoint())).rejects.toThrow(RangeError);
        expect((await reader.logs())[0]?.confirmed).toEqual(a.checkpoint());
      });
    });

    describe('a log that has contradicted itself', () => {
      const evidence = (id: string) => ({ id, document: encodeUtf8(`of ${id}`), foundMs: 7 });

      it('keeps its evidence, once, and what it has shown, and nothing is added', async () => {
        await append(a, ...receipts(10));
        await show(a);
        await writer.freeze(a.origin, [evidence('x')]);
        await writer.freeze(a.origin, [evidence('x'), evidence('y')]);
        expect((await reader.logs()).map((log) => log.evidence)).toEqual([['x', 'y'], []]);
        const kept = await reader.evidence('x');
        expect([kept?.foundMs, toHex(kept!.document)]).toEqual([7, toHex(evidence('x').document)]);
        const next = a.grow(receipts(1));
        await expect(writer.append(a.origin, [next])).rejects.toMatchObject(frozen);
        await expect(writer.begin(a.origin, a.checkpoint())).rejects.toMatchObject(frozen);
        await expect(writer.confirm(a.origin, a.checkpoint())).rejects.toMatchObject(frozen);
        await reopen();
        await expect(writer.append(a.origin, [next])).rejects.toMatchObject(frozen);
        expect((await everyPage({})).length).toBe(10);
        await append(b, ...receipts(1));
        await show(b);
        expect((await everyPage({})).length).toBe(11);
      });

      it('is frozen by evidence that another log is frozen by, too', async () => {
        for (const { origin } of [a, b]) await writer.freeze(origin, [evidence('x')]);
        expect((await reader.logs()).map((log) => log.evidence)).toEqual([['x'], ['x']]);
      });
    });

    describe('an append', () => {
      it('that is refused leaves nothing, neither to readers nor to what is appended next', async () => {
        await append(a, ...receipts(20));
        const wrong = { ...a.grow([]), firstIndex: 99 };
        const refused = new IndexedLog(a.origin);
        const lost = { ...refused.grow(receipts(9)), firstIndex: 20 };
        await expect(writer.append(a.origin, [lost, wrong])).rejects.toThrow(RangeError);
        expect((await writer.progress(a.origin)).size).toBe(20);
        const world = await fill();
        for (const entry of world.filter((_, i) => i % 211 === 0)) {
          const found = await everyPage({ leaf: toHex(entry.leafHash) });
          expect(found.map(idOf)).toEqual([idOf(entry)]);
        }
        for (const entry of lost.entries) {
          expect(await everyPage({ leaf: toHex(leafHash(entry)) })).toEqual([]);
        }
      });

      it('goes on after a restart where it was', async () => {
        for (const count of [1, 255, 3, 700]) {
          await append(a, ...receipts(count));
          await reopen();
          expect((await writer.progress(a.origin)).size).toBe(a.entries.length);
        }
        await show(a);
        for (const [index, entry] of a.entries.entries()) {
          if (index % 50 !== 0) continue;
          const found = await everyPage({ leaf: toHex(leafHash(entry)) });
          expect(found.map((it) => it.index)).toEqual([index]);
        }
      });

      it('may be of several bundles, and of none', async () => {
        await writer.append(a.origin, []);
        await writer.append(a.origin, [a.grow(receipts(256)), a.grow(receipts(44))]);
        await show(a);
        expect((await everyPage({})).length).toBe(300);
      });
    });

    it('an index that was made for other types of entries is refused to readers', async () => {
      const others = { types: entryTypes(['tecp-receipt', 'opaque']) };
      await expect(place.openReader(others)).rejects.toThrow(ConfigError);
    });

    it.each([
      ['for other types of entries', { ...TYPES, types: entryTypes(['tecp-receipt', 'opaque']) }],
      ['with entries judged otherwise', { ...TYPES, judged: false }],
    ])('made anew %s, it keeps what no log tells again, and nothing else', async (_, others) => {
      await append(a, ...receipts(10));
      await show(a, 10);
      await append(a, ...receipts(20));
      await show(a, 20);
      await append(b, ...receipts(3));
      await show(b, 30);
      await append(b, ...receipts(4));
      await writer.begin(b.origin, b.checkpoint(40));
      const evidence = { id: 'x', document: encodeUtf8('of x'), foundMs: 7 };
      await writer.freeze(a.origin, [evidence]);
      await reader.close();
      await writer.close();
      writer = await place.openWriter(others);
      reader = await place.openReader(others);
      expect(await reader.logs()).toEqual([
        { origin: a.origin, size: 0, begun: a.checkpoint(20), evidence: ['x'] },
        { origin: b.origin, size: 0, begun: b.checkpoint(40), evidence: [] },
      ]);
      expect((await reader.evidence('x'))?.foundMs).toBe(7);
      expect(await everyPage({})).toEqual([]);
      expect(await reader.tile(b.origin, 0, 0, 3)).toBeUndefined();
      expect(await reader.counts(b.origin)).toEqual(statsNumbers(newTally(), lastHourOf(0)));
      expect(await reader.firstSeenMs(b.origin, 0)).toBeUndefined();
      await expect(writer.append(a.origin, [])).rejects.toMatchObject(frozen);
      const again = new IndexedLog(b.origin);
      await append(again, ...b.entries);
      await show(again, 50);
      expect((await everyPage({})).map(({ bytes }) => toHex(bytes))).toEqual(
        b.entries.map(toHex).reverse(),
      );
      expect((await reader.counts(b.origin)).size).toBe(7);
      const seen = [0, 2, 3].map((index) => reader.firstSeenMs(b.origin, index));
      expect(await Promise.all(seen)).toEqual([30, 30, 50]);
      const kept = await reader.checkpoints(b.origin, { limit: 9 });
      expect(kept.map(({ size, seenMs }) => [size, seenMs])).toEqual([
        [7, 50],
        [3, 30],
      ]);
    });

    /** All pages, one after the other. */
    async function everyPage(filters: Filters, limit = 50): Promise<FoundEntry[]> {
      const found: FoundEntry[] = [];
      let next: Cursor | undefined;
      do {
        const page = await reader.search(filters, limit, next);
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        if (next !== undefined && page.next !== undefined) expect(page.next).toBeLessThan(next);
        found.push(...page.entries);
        next = page.next;
      } while (next !== undefined);
      return found;
    }

    /** Entries of both logs, by turns and of few values, with some of `a` at the end that are not shown. */
    async function fill() {
      const world: ReturnType<typeof candidate>[] = [];
      const grow = async (log: IndexedLog, count: number) => {
        const first = log.entries.length;
        const entries = Array.from({ length: count }, () => fewValues(random));
        await append(log, ...entries);
        world.push(...entries.map((bytes, i) => candidate(log.origin, first + i, bytes)));
      };
      for (const count of [1, 300, 40, 2, 4500, 7]) {
        await grow(a, count);
        await grow(b, Math.ceil(count / 3));
      }
      await show(a);
      await show(b);
      await append(a, ...Array.from({ length: 77 }, () => fewValues(random)));
      return world.reverse();
    }

    function someFilters(world: readonly ReturnType<typeof candidate>[]): Filters {
      const entry = random.pick(world);
      const { facts, leafHash: leaf, timeMs = 0, log, index } = entry;
      const prefix = facts.codeRef?.slice(0, Math.floor(random.between(1, 90)));
      const from = timeMs - Math.floor(random.between(0, 1e6));
      const wanted = {
        log,
        index: random.between(0, 1) < 0.1 ? index : undefined,
        leaf: random.between(0, 1) < 0.1 ? toHex(leaf) : undefined,
        codeRef: facts.codeRef,
        codeRefPrefix: prefix,
        issuer: facts.issuer,
        policies: facts.policies?.filter(() => random.between(0, 1) < 0.5),
        inputHash: facts.inputHash,
        nonce: random.between(0, 1) < 0.2 ? facts.nonce : undefined,
        hash: random.pick([facts.issuer, facts.inputHash, facts.nonce, encodeBase64Url(leaf)]),
        fromMs: from,
        toMs: from + Math.floor(random.between(0, 2e6)),
      };
      const chosen = Object.entries(wanted).filter(
        ([, value]) => value !== undefined && random.between(0, 1) < 0.3,
      );
      return Object.fromEntries(chosen);
    }

    let made = 0;

    /** Different ones. */
    function receipts(count: number): Uint8Array[] {
      return Array.from({ length: count }, () => receiptWith({}));
    }

    function receiptWith({ codeRef = 'git:of these tests' }: { codeRef?: string }): Uint8Array {
      made++;
      return receiptOf({
        codeRef,
        inputHash: hashOf(`input ${made}`),
        issuer: hashOf(`issuer ${made % 5}`),
        nonce: hashOf(`nonce ${made}`),
        outputHash: hashOf(`output ${made}`),
        policies: ['no_retention'],
        timeMs: made * 1000,
      });
    }
  });
}

function hashOf(text: string): string {
  return encodeBase64Url(leafHash(encodeUtf8(text)));
}

/** An entry whose facts others have as well; one of twenty is no receipt. */
function fewValues(random: Random): Uint8Array {
  const one = (count: number) => Math.floor(random.between(0, count));
  const nonce = hashOf(`nonce ${one(1e9)}`);
  if (one(20) === 0) return encodeUtf8(nonce);
  return receiptOf({
    codeRef: `${random.pick(['git:', 'build:sha256:'])}${hashOf(`code ${one(30)}`).slice(one(3))}`,
    inputHash: hashOf(`value ${one(300)}`),
    issuer: hashOf(`value ${one(40)}`),
    nonce,
    outputHash: hashOf(`value ${one(300)}`),
    policies: ['eu_region', 'never', 'no_retention', 'often'].filter(() => one(3) > 0),
    timeMs: 1e12 + one(1e7),
  });
}

/** An entry with values that hardly another one has, more than are told, and frequent ones that come late. */
function hostileEntry(i: number): Uint8Array {
  const hot = i % 7 === 0 || i > 3000;
  return receiptOf({
    codeRef: `${i}`,
    inputHash: hashOf(`${i}`),
    issuer: hashOf(hot ? `hot ${i % 150}` : `cold ${i}`),
    nonce: hashOf(`nonce ${i}`),
    outputHash: hashOf(`${i}`),
    policies: [hot ? `hot_${i % 140}` : `cold_${i}`],
    timeMs: i * HOUR_MS * (i % 3 === 0 ? 1 : 2),
  });
}

function candidate(log: string, index: number, bytes: Uint8Array) {
  const { timeMs, facts = {} } = describeEntry(bytes, TYPES.types).description;
  return { log, index, leafHash: leafHash(bytes), timeMs, facts };
}

function idOf({ log, index }: { log: string; index: number }): string {
  return `${log} ${index}`;
}
