/** Since when what a log publishes is ahead of what has been checked. */
import type { Lag } from '../judge/observations.ts';

export class LagClock {
  /** Owned here: the first size that was published while all before it had been checked. */
  #owed: Lag['owed'];
  #hasCaughtUp = false;

  update(shown: number, checked: number, nowMs: number): Lag {
    if (checked >= (this.#owed?.size ?? shown)) {
      this.#owed = undefined;
      this.#hasCaughtUp = true;
    }
    if (shown > checked) this.#owed ??= { size: shown, sinceMs: nowMs };
    const hasCaughtUp = this.#hasCaughtUp;
    return this.#owed === undefined ? { hasCaughtUp } : { owed: this.#owed, hasCaughtUp };
  }
}
