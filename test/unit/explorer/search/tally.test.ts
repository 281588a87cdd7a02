/** Counts of entries: however they are cut into batches, they come to the same, within limits and in one order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DescribedEntry,
  describeEntry,
  UNKNOWN_TYPE,
} from '#explorer/search/described-entry.ts';
import {
  addTally,
  countEntry,
  HOUR_MS,
  hourOf,
  lastHourOf,
  MAX_COUNTED,
  MAX_HOURS,
  newTally,
  sizeClass,
  statsNumbers,
  type Tally,
} from '#explorer/search/tally.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { freshReceipt } from '#test/support/log.ts';

interface Counted {
  readonly described: DescribedEntry;
  readonly bytes: number;
  readonly isFault: boolean;
}

function tallyOf(entries: readonly Counted[]): Tally {
  const tally = newTally();
  for (const { described, bytes, isFault } of entries) countEntry(tally, described, bytes, isFault);
  return tally;
}

const counted = fc.record({
  described: fc.record({
    type: fc.constantFrom('tecp-receipt', 'opaque'),
    description: fc.record(
      {
        title: fc.constant('x'),
        timeMs: fc.integer({ min: -5 * HOUR_MS, max: 5 * HOUR_MS }),
        facts: fc.record(
          {
            issuer: fc.constantFrom('a', 'b', 'c'),
            policies: fc.subarray(['no_pii', 'no_retention', 'eu_region']),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['title'] },
    ),
  }),
  bytes: fc.integer({ min: 0, max: 65_535 }),
  isFault: fc.boolean(),
});

it('counts what entries say, and what they weigh', () => {
  const ts = 10 * HOUR_MS + 5;
  const receipt = freshReceipt({ ts, policy_ids: ['eu_region', 'no_retention'] });
  const junk = encodeUtf8('junk');
  const tally = newTally();
  for (const entry of [receipt, receipt, junk]) {
    countEntry(tally, describeEntry(entry, ENTRY_TYPES), entry.length, entry === junk);
  }
  const { issuers, ...numbers } = statsNumbers(tally, 10 * HOUR_MS);
  expect(numbers).toEqual({
    size: 3,
    bytes: 2 * receipt.length + 4,
    faults: 1,
    hours: [{ hour_ms: 10 * HOUR_MS, entries: 2 }],
    hours_until_ms: 10 * HOUR_MS,
    hours_other: 0,
    policies: [
      { value: 'eu_region', entries: 2 },
      { value: 'no_retention', entries: 2 },
    ],
    policies_total: 2,
    issuers_total: 1,
    types: [
      { value: 'tecp-receipt', entries: 2 },
      { value: 'opaque', entries: 1 },
    ],
    sizes: [
      { up_to: 4, entries: 1 },
      { up_to: sizeClass(receipt.length), entries: 2 },
    ],
  });
  expect(issuers).toEqual([{ value: expect.stringMatching(/^[\w-]{43}$/), entries: 2 }]);
});

it('entries of no type that is looked for are counted as such', () => {
  const { type, description } = describeEntry(encodeUtf8('junk'), [tecpReceipt]);
  expect([type, description]).toEqual([UNKNOWN_TYPE, { title: '4 bytes' }]);
});

it('batches that are added up come to what all their entries come to', () => {
  fc.assert(
    fc.property(fc.array(fc.array(counted)), (batches) => {
      const sum = newTally();
      for (const batch of batches) addTally(sum, structuredClone(tallyOf(batch)));
      expect(sum).toEqual(tallyOf(batches.flat()));
      // Whatever order they came in.
      const inReverse = tallyOf(batches.flat().reverse());
      expect(statsNumbers(inReverse, HOUR_MS)).toEqual(statsNumbers(sum, HOUR_MS));
    }),
  );
});

describe('limits', () => {
  const described = (issuer: string, timeMs: number): Counted => ({
    described: { type: 'opaque', description: { title: '', timeMs, facts: { issuer } } },
    bytes: 1,
    isFault: false,
  });

  it('tells the most frequent of many, and how many there are', () => {
    const many = Array.from({ length: MAX_COUNTED + 5 }, (_, i) => described(`i${i}`, 0));
    const { issuers, issuers_total } = statsNumbers(tallyOf([...many, described('i104', 0)]), 0);
    expect(issuers).toHaveLength(MAX_COUNTED);
    expect(issuers[0]).toEqual({ value: 'i104', entries: 2 });
    expect(issuers_total).toBe(MAX_COUNTED + 5);
  });

  const lastMs = (MAX_HOURS + 4) * HOUR_MS;
  const many = Array.from({ length: MAX_HOURS + 5 }, (_, i) => described('a', i * HOUR_MS));

  it('tells the newest of many hours', () => {
    const { hours, hours_other } = statsNumbers(tallyOf(many), lastMs);
    expect(hours).toHaveLength(MAX_HOURS);
    expect([hours[0]!.hour_ms, hours.at(-1)!.hour_ms]).toEqual([5 * HOUR_MS, lastMs]);
    expect(hours_other).toBe(5);
  });

  it('tells no hour that is to come, however many entries state one', () => {
    const toCome = many.map((_, i) => described('a', lastMs + (i + 1) * HOUR_MS));
    const { hours, hours_other } = statsNumbers(tallyOf([...many, ...toCome]), lastMs);
    expect(hours).toEqual(statsNumbers(tallyOf(many), lastMs).hours);
    expect(hours_other).toBe(5 + toCome.length);
  });

  it('an hour is to come when it is a day after a tree was seen', () => {
    expect(lastHourOf(5.5 * HOUR_MS)).toBe(29 * HOUR_MS);
  });
});

it('a time that no calendar has is in no hour, and the first and the last of all calendars are', () => {
  const end = 8.64e15;
  const times = [-end - 1, -end, end, end + 1, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  const tally = tallyOf(
    times.map((timeMs) => ({
      described: { type: 'opaque', description: { title: '', timeMs } },
      bytes: 1,
      isFault: false,
    })),
  );
  const { hours, hours_other } = statsNumbers(tally, lastHourOf(0));
  expect(hours).toEqual([{ hour_ms: -end, entries: 1 }]);
  expect(hours_other).toBe(1);
});

it('an hour holds its time, and a size class its sizes', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 65_535 }), (timeMs, bytes) => {
      expect(timeMs - hourOf(timeMs)).toBeGreaterThanOrEqual(0);
      expect(timeMs - hourOf(timeMs)).toBeLessThan(HOUR_MS);
      expect(bytes).toBeLessThanOrEqual(sizeClass(bytes));
      if (bytes > 1) expect(2 * bytes).toBeGreaterThan(sizeClass(bytes));
    }),
  );
});
