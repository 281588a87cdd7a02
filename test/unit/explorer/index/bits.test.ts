import { expect, it } from 'vitest';
import { Bits } from '#explorer/index/sqlite/bits.ts';
import { LONGEST_SEGMENT } from '#explorer/index/sqlite/segments.ts';

const EDGES = [0, 1, 31, 32, 33, 64, 65_535, LONGEST_SEGMENT];
const RANGES = EDGES.flatMap((from) => EDGES.filter((to) => to >= from).map((to) => [from, to]));

/** As text, as long lists are compared slowly. */
function placesOf(bits: Bits, end = LONGEST_SEGMENT): string {
  const found: number[] = [];
  for (let place = bits.last(end); place >= 0; place = bits.last(place)) found.push(place);
  return found.reverse().join();
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function full(): Bits {
  const bits = new Bits();
  bits.addRange(0, LONGEST_SEGMENT);
  return bits;
}

it('ranges are added, removed and told to their exact ends', () => {
  for (const [from, to] of RANGES as [number, number][]) {
    const bits = new Bits();
    bits.addRange(from, to);
    expect(placesOf(bits)).toBe(range(from, to).join());
    expect(placesOf(bits, 33)).toBe(range(from, Math.max(from, Math.min(to, 33))).join());
    const rest = full();
    rest.removeRange(from, to);
    expect(placesOf(rest)).toBe([...range(0, from), ...range(to, LONGEST_SEGMENT)].join());
  }
});

it('what both have is kept, and whether that is anything is told', () => {
  const [odd, even, three] = [new Bits(), new Bits(), new Bits()];
  for (const place of range(0, LONGEST_SEGMENT)) (place % 2 === 0 ? even : odd).add(place);
  for (const place of range(0, LONGEST_SEGMENT)) if (place % 3 === 0) three.add(place);
  expect(three.keep(even)).toBe(true);
  expect(placesOf(three)).toBe(
    range(0, LONGEST_SEGMENT)
      .filter((place) => place % 6 === 0)
      .join(),
  );
  expect(odd.keep(even)).toBe(false);
  expect(placesOf(odd)).toBe('');
});

it('what another has is removed from a place on, and left before it', () => {
  for (const from of EDGES.slice(0, -1)) {
    const bits = full();
    const other = new Bits();
    other.addRange(20, 65_530);
    bits.removeFrom(from, other);
    const removed = (place: number) => place >= Math.max(from, 20) && place < 65_530;
    expect(placesOf(bits)).toBe(
      range(0, LONGEST_SEGMENT)
        .filter((place) => !removed(place))
        .join(),
    );
  }
});
