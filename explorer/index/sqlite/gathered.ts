/** Postings of the entries from the last multiple of `LONGEST_SEGMENT` on, in memory until their segment is complete. */
import { LONGEST_SEGMENT, type Segment } from './segments.ts';

/** Two numbers of 32 bits for each posting; grows with what entries are found by. */
const FIRST_LENGTH = 2 ** 16;

export class Gathered {
  /** A multiple of `LONGEST_SEGMENT`. */
  #start: number;
  /** Each posting with its lower half first: as one number of 64 bits on the machines that there are. */
  #pairs = new Uint32Array(FIRST_LENGTH);
  #length = 0;
  /** Where the postings of each entry end. */
  readonly #ends = new Uint32Array(LONGEST_SEGMENT);
  #entries = 0;

  /** Of no entries yet. */
  constructor(start: number) {
    this.#start = start;
  }

  get isFull(): boolean {
    return this.#entries === LONGEST_SEGMENT;
  }

  /** Begins with the next segment, in the same memory. */
  goOn(): void {
    this.#start += LONGEST_SEGMENT;
    this.#length = 0;
    this.#entries = 0;
  }

  /** Adds a term of the entry that comes next. */
  add(high: number, low: number): void {
    if (this.#length === this.#pairs.length) {
      const longer = new Uint32Array(2 * this.#length);
      longer.set(this.#pairs);
      this.#pairs = longer;
    }
    this.#pairs[this.#length++] = (low << 16) | this.#entries;
    this.#pairs[this.#length++] = high;
  }

  endEntry(): void {
    this.#ends[this.#entries++] = this.#length;
  }

  /** Those of a segment, for `encodePostings`. */
  sorted({ start, length }: Segment): Uint32Array {
    const first = start - this.#start;
    const from = first === 0 ? 0 : this.#ends[first - 1]!;
    const pairs = this.#pairs.slice(from, this.#ends[first + length - 1]!);
    for (let i = 0; first !== 0 && i < pairs.length; i += 2) pairs[i]! -= first;
    new BigUint64Array(pairs.buffer).sort();
    return pairs;
  }
}
