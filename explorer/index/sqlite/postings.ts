/**
 * Which entries of a segment have a term: the form of postings, pure.
 *
 * While they are gathered a posting is 64 bits, 48 of its term and below them the place in the segment: sorted as
 * numbers they lie in the order of terms and then of places. They are kept in chunks of some kilobytes, each found
 * by the upper 20 bits of its first term. A chunk has its terms in their order, and for each its places as 16 bits
 * each, or as a bit for each place of the segment where that is no longer.
 *
 * Chunks are what the machine has in its memory, so an index does not move to one with another byte order.
 */
import type { Bits } from './bits.ts';
import { type Segment, SHORTEST_SEGMENT } from './segments.ts';

export interface Term {
  /** Upper 32 of the 48 bits. */
  readonly high: number;
  /** Lower 16. */
  readonly low: number;
}

export interface Chunk {
  /** Upper 20 bits of its first term; ascending within a segment, and no two chunks share them. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** How many places `from` may take. */
export const CHUNK_NUMBERS = 2 ** 20;
/** A chunk ends with the first term that fills as much. */
const CHUNK_BYTES = 3800;
/** Of a term beside its places: 32 bits, 16 bits, and where its places end. */
const TERM_BYTES = 10;

export function chunkNumber({ high }: Pick<Term, 'high'>): number {
  return high >>> 12;
}

/** Length of a bit for each place, in 16 bits. */
function bitmapLength({ length }: Segment): number {
  return Math.max(length, SHORTEST_SEGMENT) / 16;
}

/** `pairs` are postings as they lie in memory, the lower half first; sorted; places count from the segment's start. */
export function encodePostings(pairs: Uint32Array, segment: Segment): Chunk[] {
  const chunks: Chunk[] = [];
  const bitmap = bitmapLength(segment);
  let terms: Term[] = [];
  let ends: number[] = [];
  let lists: number[] = [];
  const flush = () => {
    if (terms.length > 0) chunks.push(encodeChunk(terms, ends, lists));
    [terms, ends, lists] = [[], [], []];
  };
  for (let at = 0; at < pairs.length; ) {
    const high = pairs[at + 1]!;
    const low = pairs[at]! >>> 16;
    let end = at + 2;
    while (end < pairs.length && pairs[end + 1] === high && pairs[end]! >>> 16 === low) end += 2;
    const last = terms.at(-1);
    const isFull = terms.length * TERM_BYTES + 2 * lists.length >= CHUNK_BYTES;
    if (isFull && chunkNumber(last!) !== chunkNumber({ high })) flush();
    terms.push({ high, low });
    appendPlaces(lists, pairs, at, end, bitmap);
    ends.push(lists.length);
    at = end;
  }
  flush();
  return chunks;
}

function appendPlaces(
  lists: number[],
  pairs: Uint32Array,
  from: number,
  to: number,
  bitmap: number,
): void {
  if ((to - from) / 2 < bitmap) {
    for (let i = from; i < to; i += 2) lists.push(pairs[i]! & 0xffff);
    return;
  }
  const start = lists.length;
  for (let i = 0; i < bitmap; i++) lists.push(0);
  for (let i = from; i < to; i += 2) {
    const place = pairs[i]! & 0xffff;
    lists[start + (place >>> 4)]! |= 1 << (place & 15);
  }
}

function encodeChunk(terms: readonly Term[], ends: readonly number[], lists: readonly number[]) {
  const count = terms.length;
  const bytes = new Uint8Array(4 + TERM_BYTES * count + 2 * lists.length);
  new Uint32Array(bytes.buffer, 0, 1)[0] = count;
  const { highs, lows, listEnds, places } = partsOf(bytes);
  for (let i = 0; i < count; i++) {
    highs[i] = terms[i]!.high;
    lows[i] = terms[i]!.low;
    listEnds[i] = ends[i]!;
  }
  places.set(lists);
  return { from: chunkNumber(terms[0]!), bytes };
}

function partsOf({ buffer, byteOffset, length }: Uint8Array) {
  const count = new Uint32Array(buffer, byteOffset, 1)[0]!;
  const placesAt = 4 + TERM_BYTES * count;
  return {
    highs: new Uint32Array(buffer, byteOffset + 4, count),
    listEnds: new Uint32Array(buffer, byteOffset + 4 + 4 * count, count),
    lows: new Uint16Array(buffer, byteOffset + 4 + 8 * count, count),
    places: new Uint16Array(buffer, byteOffset + placesAt, (length - placesAt) / 2),
  };
}

/** Adds the places that a term has in the chunk that would hold it, which has to be aligned to 4 bytes. */
export function addPlaces(bits: Bits, chunk: Uint8Array, term: Term, segment: Segment): void {
  const { highs, lows, listEnds, places } = partsOf(chunk);
  let at = firstNotBelow(highs, term.high);
  while (highs[at] === term.high && lows[at] !== term.low) at++;
  if (highs[at] !== term.high) return;
  const list = places.subarray(at === 0 ? 0 : listEnds[at - 1]!, listEnds[at]!);
  if (list.length < bitmapLength(segment)) bits.addList(list);
  else bits.addBitmap(list);
}

function firstNotBelow(sorted: Uint32Array, value: number): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (sorted[middle]! < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
