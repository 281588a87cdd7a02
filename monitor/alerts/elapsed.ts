/**
 * How long ago something was, over restarts and jumps of the clock: by the wall clock, as that outlives
 * the process, or by the monotonic one since this process saw it first, whichever is longer. So a clock
 * that is set back delays nothing; one that is set forward makes what was due later due at once.
 */
export class Elapsed {
  readonly #atMs: number;
  readonly #beforeMs: number;
  readonly #seenMs: number;

  /** Of something at `atMs` by the wall clock. */
  constructor(atMs: number, nowMs: number, monotonicMs: number) {
    this.#atMs = atMs;
    this.#beforeMs = Math.max(0, nowMs - atMs);
    this.#seenMs = monotonicMs;
  }

  isOf(atMs: number): boolean {
    return this.#atMs === atMs;
  }

  ms(nowMs: number, monotonicMs: number): number {
    return Math.max(nowMs - this.#atMs, this.#beforeMs + monotonicMs - this.#seenMs);
  }
}
