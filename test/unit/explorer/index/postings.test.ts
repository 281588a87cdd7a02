/** What is gathered of entries is found again in the chunks of their segment, whatever terms they have. */
import { describe, expect, it } from 'vitest';
import { Bits } from '#explorer/index/sqlite/bits.ts';
import { Gathered } from '#explorer/index/sqlite/gathered.ts';
import {
  addPlaces,
  chunkNumber,
  encodePostings,
  type Term,
} from '#explorer/index/sqlite/postings.ts';
import { LONGEST_SEGMENT, type Segment } from '#explorer/index/sqlite/segments.ts';
import { seededRandom } from '#test/support/random.ts';

const random = seededRandom('postings');
const integer = (below: number) => Math.floor(random.between(0, below));
const newTerm = (): Term => ({ high: integer(2 ** 32), low: integer(2 ** 16) });
const keyOf = ({ high, low }: Term) => `${high} ${low}`;

describe.each([
  { start: 0, length: 1 },
  { start: 0, length: 100 },
  { start: 256, length: 255 },
  { start: 512, length: 256 },
  { start: 8192, length: 4096 },
  { start: 0, length: LONGEST_SEGMENT },
])('a segment of $length from $start on', (segment) => {
  const { gathered, places, terms } = gather(segment);
  const chunks = encodePostings(gathered.sorted(segment), segment);

  it('has for each term the places that have it', () => {
    for (const term of terms) {
      expect([term, placesOf(term)]).toEqual([term, places.get(keyOf(term)) ?? []]);
    }
  });

  it('has nothing for terms that no entry has, alike as they may be', () => {
    for (const { high, low } of terms) {
      for (const other of [{ high, low: low ^ 1 }, { high: (high ^ 1) >>> 0, low }, newTerm()]) {
        if (!places.has(keyOf(other))) expect(placesOf(other)).toEqual([]);
      }
    }
  });

  it('is in chunks of ascending numbers, none of them large', () => {
    const numbers = chunks.map(({ from }) => from);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // A term that every second entry has is in one piece.
    for (const { bytes } of chunks) expect(bytes.length).toBeLessThan(3800 + 3 * 8192);
  });

  function placesOf(term: Term): number[] {
    const bits = new Bits();
    const chunk = chunks.findLast(({ from }) => from <= chunkNumber(term));
    if (chunk !== undefined) addPlaces(bits, chunk.bytes, term, segment);
    const found: number[] = [];
    for (let place = bits.last(LONGEST_SEGMENT); place >= 0; place = bits.last(place)) {
      found.push(place);
    }
    return found.reverse();
  }
});

/** Entries with terms of their own, terms of some and of most; before the segment some that are in others. */
function gather({ start, length }: Segment) {
  const gathered = new Gathered(0);
  const places = new Map<string, number[]>();
  const terms: Term[] = [];
  const common = Array.from({ length: 30 }, (_, i) => ({ ...newTerm(), oneOf: 2 ** (i / 2) }));
  for (let place = 0; place < start + length; place++) {
    const own = newTerm();
    const some = common.filter(({ oneOf }) => random.between(0, oneOf) < 1);
    for (const term of [own, ...some]) {
      gathered.add(term.high, term.low);
      if (place < start) continue;
      const list = places.get(keyOf(term)) ?? [];
      list.push(place - start);
      places.set(keyOf(term), list);
    }
    if (place % 53 === 0) terms.push(own);
    gathered.endEntry();
  }
  terms.push(...common.map(({ high, low }) => ({ high, low })));
  return { gathered, places, terms };
}
