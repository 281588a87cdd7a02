/**
 * A generation of leaves in the order in which it moves into the index: by the first 36 bits of their hashes,
 * then by their own order. The index is in the order of more bits, which is the same but for very few.
 */
import { generationLength, LONGEST_GENERATION } from './generations.ts';
import { type ReadStrips, readLeaves } from './leaf-strips.ts';

/** Of a leaf hash in the index. */
const PREFIX_BYTES = 8;

export class GenerationOrder {
  readonly first: number;
  /** In the order: 36 bits of a hash, and below them the leaf's place in the generation. As many as a number has. */
  readonly #keys: Float64Array;
  readonly #prefixes: Uint8Array;

  /** The strips have to have the whole generation. Throws `StoreError` if one is missing. */
  constructor(first: number, read: ReadStrips) {
    const length = generationLength(first);
    const keys = new Float64Array(length);
    const prefixes = new Uint8Array(length * PREFIX_BYTES);
    readLeaves(read, first, first + length, (index, hashes, at) => {
      const place = index - first;
      const start = place * PREFIX_BYTES;
      for (let i = 0; i < PREFIX_BYTES; i++) prefixes[start + i] = hashes[at + i]!;
      const upper = (hashes[at]! << 16) | (hashes[at + 1]! << 8) | hashes[at + 2]!;
      const lower = (hashes[at + 3]! << 4) | (hashes[at + 4]! >>> 4);
      keys[place] = (upper * 2 ** 12 + lower) * LONGEST_GENERATION + place;
    });
    this.first = first;
    this.#keys = keys.sort();
    this.#prefixes = prefixes;
  }

  /** The leaf that has this place in the order: the beginning of its hash, and its index. */
  leaf(place: number): [prefix: Uint8Array, index: number] {
    const inGeneration = this.#keys[place]! % LONGEST_GENERATION;
    const start = inGeneration * PREFIX_BYTES;
    return [this.#prefixes.subarray(start, start + PREFIX_BYTES), this.first + inGeneration];
  }
}
