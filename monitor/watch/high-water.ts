/**
 * The largest checkpoint that somebody has shown and the latest time on it, and in how many looks in a
 * row he showed less or an earlier one.
 */
import type { Retreat } from '../judge/observations.ts';

export class HighWater {
  // Owned by the one loop that looks.
  #largest: number;
  #latestMs: number;
  #shown: number | undefined;
  #shownMs: number | undefined;
  #looks: number | undefined;

  constructor(largest = 0, latestMs = 0) {
    this.#largest = largest;
    this.#latestMs = latestMs;
  }

  /**
   * Takes what a look showed, undefined for no checkpoint, and the time at which it was cosigned, where
   * that must not go back. Returns whether it is larger than all before.
   */
  look(size: number | undefined, timeMs?: number): boolean {
    this.#shown = size;
    this.#shownMs = timeMs;
    const isLess = (size ?? 0) < this.#largest || (timeMs ?? Infinity) < this.#latestMs;
    this.#looks = isLess ? (this.#looks ?? 0) + 1 : 0;
    const isLarger = (size ?? 0) > this.#largest;
    if (isLarger) this.#largest = size!;
    this.#latestMs = Math.max(this.#latestMs, timeMs ?? 0);
    return isLarger;
  }

  /** Undefined before the first look. */
  get retreat(): Retreat | undefined {
    if (this.#looks === undefined) return undefined;
    const [largest, latestMs] = [this.#largest, this.#latestMs];
    return { largest, shown: this.#shown, latestMs, shownMs: this.#shownMs, looks: this.#looks };
  }
}
