/** The leaf hashes of a range of entries, one after another, out of the strips that have them. */
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { StoreError } from '../store.ts';
import { STRIP_WIDTH } from '../strips.ts';

/** So that 128 KiB are in memory at a time. */
const STRIPS_A_READ = 256;

/** Hashes of the strips `from` to `to - 1` of level 0, in their order. */
export type ReadStrips = (from: number, to: number) => readonly Uint8Array[];

/** `hashes` has that of leaf `index` from byte `at` on. */
export type TakeLeaf = (index: number, hashes: Uint8Array, at: number) => void;

/** Throws `StoreError` if one is missing. */
export function readLeaves(read: ReadStrips, first: number, end: number, take: TakeLeaf): void {
  let index = first;
  while (index < end) {
    const from = Math.floor(index / STRIP_WIDTH);
    const to = Math.min(Math.ceil(end / STRIP_WIDTH), from + STRIPS_A_READ);
    const strips = read(from, to);
    for (let strip = from; strip < to; strip++) {
      const hashes = strips[strip - from];
      const start = strip * STRIP_WIDTH;
      const stop = Math.min(end, start + STRIP_WIDTH);
      if (hashes === undefined || hashes.length < HASH_BYTES * (stop - start)) {
        throw new StoreError('failed', `the strip of leaf ${index} is not stored`);
      }
      for (; index < stop; index++) take(index, hashes, HASH_BYTES * (index - start));
    }
  }
}
