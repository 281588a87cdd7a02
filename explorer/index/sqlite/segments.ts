/**
 * How the places of entries are cut into segments, each of which has postings of its own: arithmetic alone.
 *
 * A place is the number of an entry over all logs, in the order of appending. Segments are of three lengths, each
 * sixteen times the one below, and begin at multiples of their length; the longest that is complete holds a place,
 * and the last one is as long as it has come. So what is appended rewrites less than one of the shortest, each entry
 * is written three times in all, and a term is looked up in few places: 15 + 2 * 15 at 10^6 entries.
 */

/** So that a place in a segment has 16 bits. */
export const LONGEST_SEGMENT = 2 ** 16;
export const SHORTEST_SEGMENT = 2 ** 8;
const LENGTHS = [LONGEST_SEGMENT, 2 ** 12, SHORTEST_SEGMENT];

export interface Segment {
  readonly start: number;
  /** How many entries it holds: one of the lengths, or less in the last one. */
  readonly length: number;
}

/** The segment that holds a place in an index of `size` entries. */
export function segmentOf(place: number, size: number): Segment {
  for (const length of LENGTHS) {
    const start = place - (place % length);
    if (start + length <= size) return { start, length };
  }
  const start = place - (place % SHORTEST_SEGMENT);
  return { start, length: size - start };
}

/** Segments of an index of `size` entries that are not those of one of `before` entries; ascending, without a gap. */
export function changedSegments(before: number, size: number): Segment[] {
  const changed: Segment[] = [];
  for (let place = before; place < size; ) {
    const segment = segmentOf(place, size);
    changed.push(segment);
    place = segment.start + segment.length;
  }
  return changed;
}
