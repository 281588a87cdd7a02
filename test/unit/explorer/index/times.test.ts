import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Bits } from '#explorer/index/sqlite/bits.ts';
import { openIndexDatabase } from '#explorer/index/sqlite/database.ts';
import { TimesReader, TimesWriter } from '#explorer/index/sqlite/times.ts';
import { tempFolder } from '#test/support/temp.ts';

/** Entries of a block. */
const BLOCK = 4096;
const SEGMENT = { start: 0, length: 4 * BLOCK };

/** Times of a segment of four blocks, of which the third states none and the last has one time in every second entry. */
function timesReader(): TimesReader {
  const database = openIndexDatabase(join(tempFolder(), 'index.db'), { types: [], judged: true });
  onTestFinished(() => database.close());
  const writer = new TimesWriter(database.db, 0);
  for (let place = 0; place < SEGMENT.length; place++) {
    if (place < 2 * BLOCK) writer.add(place);
    else writer.add(place >= 3 * BLOCK && place % 2 === 0 ? 7 : undefined);
  }
  writer.flush();
  return new TimesReader(database.db);
}

/** Which places are left of a segment, and how many looks that took. */
function kept(reader: TimesReader, filters: { fromMs?: number; toMs?: number }) {
  const bits = new Bits();
  bits.addRange(0, SEGMENT.length);
  const looks = reader.keepAskedFor(bits, SEGMENT, filters);
  const places: number[] = [];
  for (let place = bits.last(SEGMENT.length); place >= 0; place = bits.last(place)) {
    places.push(place);
  }
  return { places: places.reverse(), looks };
}

it('blocks are passed over, unread, that state no time which is asked for', () => {
  const reader = timesReader();
  expect(kept(reader, { fromMs: 2 * BLOCK })).toEqual({ places: [], looks: 1 });
  expect(kept(reader, { toMs: 0 })).toEqual({ places: [], looks: 1 });
  expect(kept(reader, { fromMs: BLOCK, toMs: BLOCK + 2 })).toEqual({
    places: [BLOCK, BLOCK + 1],
    looks: 2,
  });
});

it('places are left whose entries state a time from the first on and before the last', () => {
  const reader = timesReader();
  const last = 2 * BLOCK - 1;
  expect(kept(reader, { fromMs: last }).places).toEqual([last]);
  expect(kept(reader, { toMs: 1 }).places).toEqual([0]);
  expect(kept(reader, { fromMs: 7, toMs: 8 }).places).toEqual([
    7,
    ...Array.from({ length: BLOCK / 2 }, (_, i) => 3 * BLOCK + 2 * i),
  ]);
});
