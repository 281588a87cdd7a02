/** A set of places in one segment, as a bit for each. */
import { LONGEST_SEGMENT } from './segments.ts';

export class Bits {
  readonly #words = new Uint32Array(LONGEST_SEGMENT / 32);
  /** The same memory, 16 bits at a time, as postings are aligned to no more. */
  readonly #halves = new Uint16Array(this.#words.buffer);

  clear(): void {
    this.#words.fill(0);
  }

  add(place: number): void {
    this.#words[place >>> 5]! |= 1 << (place & 31);
  }

  addList(places: Uint16Array): void {
    for (let i = 0; i < places.length; i++) this.add(places[i]!);
  }

  /** A bit for each place from 0 on. */
  addBitmap(halves: Uint16Array): void {
    for (let i = 0; i < halves.length; i++) this.#halves[i]! |= halves[i]!;
  }

  /** Adds `from` to `to - 1`. */
  addRange(from: number, to: number): void {
    let place = from;
    for (; place < to && place % 32 !== 0; place++) this.add(place);
    for (; place + 32 <= to; place += 32) this.#words[place >>> 5] = 0xffffffff;
    for (; place < to; place++) this.add(place);
  }

  removeRange(from: number, to: number): void {
    let place = from;
    for (; place < to && place % 32 !== 0; place++) this.remove(place);
    for (; place + 32 <= to; place += 32) this.#words[place >>> 5] = 0;
    for (; place < to; place++) this.remove(place);
  }

  /** Keeps what both have; returns whether that is anything. */
  keep(other: Bits): boolean {
    let any = 0;
    for (let i = 0; i < this.#words.length; i++) any |= this.#words[i]! &= other.#words[i]!;
    return any !== 0;
  }

  remove(place: number): void {
    this.#words[place >>> 5]! &= ~(1 << (place & 31));
  }

  /** Removes those of another from `from` on. */
  removeFrom(from: number, other: Bits): void {
    const first = from >>> 5;
    this.#words[first]! &= ~(other.#words[first]! & (-1 << (from & 31)));
    for (let i = first + 1; i < this.#words.length; i++) this.#words[i]! &= ~other.#words[i]!;
  }

  /** The last one before `end`; -1 if there is none. */
  last(end: number): number {
    let index = (end - 1) >> 5;
    if (index < 0) return -1;
    const keep = end % 32;
    let word = this.#words[index]!;
    if (keep !== 0) word &= (1 << keep) - 1;
    while (word === 0) {
      if (--index < 0) return -1;
      word = this.#words[index]!;
    }
    return 32 * index + 31 - Math.clz32(word);
  }
}
