/**
 * The leaves that the index does not have yet, found in memory: two generations at most (generations.ts).
 *
 * Each connection has its own, and brings it up to date in the transaction that looks into it, out of the strips
 * of that snapshot. So none is missed while it moves into the index, and none is found that the snapshot does not
 * hold. After a start it is the same, from nothing.
 */
import { randomFillSync } from 'node:crypto';
import { generationLength } from './generations.ts';
import { type ReadStrips, readLeaves } from './leaf-strips.ts';

/** A slot has some bits of a leaf hash, and below them the leaf's place in its generation, counted from 1. */
const PLACE_BITS = 18;
const PLACE_MASK = 2 ** PLACE_BITS - 1;

/**
 * Odd, and known to nobody: a submitter cannot choose entries that share a slot. The upper bits of a product
 * depend on all bits of its factors.
 */
const SECRETS = randomFillSync(new Int32Array(4)).map((secret) => secret | 1);

/** The first eight bytes of the hash that is at `at`, mixed by two of the secrets. */
function mix(hashes: Uint8Array, at: number, secret: 0 | 2): number {
  return (
    Math.imul(wordAt(hashes, at), SECRETS[secret]!) +
    Math.imul(wordAt(hashes, at + 4), SECRETS[secret + 1]!)
  );
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** A hash table by open addressing, at most half full: four bytes a slot, 1 MiB when it is the longest. */
class Generation {
  readonly first: number;
  readonly end: number;
  readonly #slots: Uint32Array;
  /** Of a mixed hash those bits say where to look first. */
  readonly #shift: number;

  constructor(first: number) {
    const length = generationLength(first);
    const bits = Math.ceil(Math.log2(2 * length));
    this.first = first;
    this.end = first + length;
    this.#slots = new Uint32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  add(index: number, hashes: Uint8Array, at: number): void {
    let slot = mix(hashes, at, 0) >>> this.#shift;
    while (this.#slots[slot] !== 0) slot = this.#after(slot);
    const hashBits = mix(hashes, at, 2) & ~PLACE_MASK;
    this.#slots[slot] = hashBits | (index - this.first + 1);
  }

  find(hash: Uint8Array, isLeaf: (index: number) => boolean): number | undefined {
    const hashBits = mix(hash, 0, 2) & ~PLACE_MASK;
    let slot = mix(hash, 0, 0) >>> this.#shift;
    for (; this.#slots[slot] !== 0; slot = this.#after(slot)) {
      const found = this.#slots[slot]!;
      if ((found & ~PLACE_MASK) !== hashBits) continue;
      const index = this.first + (found & PLACE_MASK) - 1;
      if (isLeaf(index)) return index;
    }
    return undefined;
  }

  #after(slot: number): number {
    return (slot + 1) & (this.#slots.length - 1);
  }
}

export class UnindexedLeaves {
  readonly #read: ReadStrips;
  // Owned by `bringTo`: adjacent generations, of which the leaves before `#size` are in.
  readonly #generations: Generation[] = [];
  #size = 0;

  constructor(read: ReadStrips) {
    this.#read = read;
  }

  /**
   * Has the leaves from `indexed` to `size - 1` afterwards, and forgets the generations before. Neither number
   * may be less than it was before. Throws `StoreError` if a strip is missing.
   */
  bringTo(indexed: number, size: number): void {
    while (this.#generations[0] !== undefined && this.#generations[0].end <= indexed) {
      this.#generations.shift();
    }
    const first = Math.max(this.#size, indexed);
    readLeaves(this.#read, first, size, (index, hashes, at) => {
      let last = this.#generations.at(-1);
      if (last === undefined || last.end === index) {
        last = new Generation(index);
        this.#generations.push(last);
      }
      last.add(index, hashes, at);
      this.#size = index + 1;
    });
  }

  /** The leaf that may have this hash, by what is known here, and has it by `isLeaf`. */
  find(hash: Uint8Array, isLeaf: (index: number) => boolean): number | undefined {
    for (const generation of this.#generations) {
      const index = generation.find(hash, isLeaf);
      if (index !== undefined) return index;
    }
    return undefined;
  }
}
