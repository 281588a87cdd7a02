/**
 * Which published checkpoints are kept for ever, so that a proof that was valid stays the one answer.
 *
 * Kept are the first one of each interval that grew the tree; and where none was kept for an interval
 * after something was first covered, as before a pause, the one that was published until then. So
 * the anchor of an entry is at most an interval younger than the checkpoint that covered it first.
 */
import type { Anchor } from '../store/store.ts';

export interface AnchoringOptions {
  readonly intervalMs: number;
  /** Wall clock in milliseconds. It may jump, which keeps one more. */
  readonly now: () => number;
  /** Size of the newest anchor in the store; 0 if there is none. */
  readonly newestSize: number;
}

export class Anchoring {
  readonly #options: AnchoringOptions;
  // All owned by `kept`, which is called once what was chosen is durable.
  #newestSize: number;
  /** The interval of the checkpoint kept as the first of it. */
  #interval: number | undefined;
  /** When the first checkpoint beyond the newest anchor was published: unknown, after a start. */
  #openSinceMs: number | undefined = Number.NEGATIVE_INFINITY;

  constructor(options: AnchoringOptions) {
    this.#options = options;
    this.#newestSize = options.newestSize;
  }

  get newestSize(): number {
    return this.#newestSize;
  }

  /** What to keep as `next` replaces the checkpoint that is published. */
  choose(standing: Anchor | undefined, next: Anchor): Anchor[] {
    const { now, intervalMs } = this.#options;
    const nowMs = now();
    const chosen: Anchor[] = [];
    const isOpen = standing !== undefined && standing.size > this.#newestSize;
    const openMs = this.#openSinceMs === undefined ? 0 : Math.abs(nowMs - this.#openSinceMs);
    if (isOpen && openMs >= intervalMs) chosen.push({ size: standing.size, note: standing.note });
    const newestSize = chosen[0]?.size ?? this.#newestSize;
    if (next.size > newestSize && this.#intervalOf(nowMs) !== this.#interval) chosen.push(next);
    return chosen;
  }

  /** What was chosen is durable, and `next` published. */
  kept(chosen: readonly Anchor[], next: Anchor): void {
    const nowMs = this.#options.now();
    const newest = chosen.at(-1);
    if (newest !== undefined) this.#newestSize = newest.size;
    if (newest === next) this.#interval = this.#intervalOf(nowMs);
    if (next.size <= this.#newestSize) this.#openSinceMs = undefined;
    else if (newest !== undefined || this.#openSinceMs === undefined) this.#openSinceMs = nowMs;
  }

  #intervalOf(nowMs: number): number {
    return Math.floor(nowMs / this.#options.intervalMs);
  }
}
