/** The largest checkpoint that somebody has shown, and in how many looks in a row he showed less. */
import type { Retreat } from '../judge/observations.ts';

export class HighWater {
  // Owned by the one loop that looks.
  #largest: number;
  #shown: number | undefined;
  #looks: number | undefined;

  constructor(largest = 0) {
    this.#largest = largest;
  }

  /** Takes what a look showed, undefined for no checkpoint; whether it is larger than all before. */
  look(size: number | undefined): boolean {
    this.#shown = size;
    this.#looks = (size ?? 0) < this.#largest ? (this.#looks ?? 0) + 1 : 0;
    const isLarger = (size ?? 0) > this.#largest;
    if (isLarger) this.#largest = size!;
    return isLarger;
  }

  /** Undefined before the first look. */
  get retreat(): Retreat | undefined {
    if (this.#looks === undefined) return undefined;
    return { largest: this.#largest, shown: this.#shown, looks: this.#looks };
  }
}
