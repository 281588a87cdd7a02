/**
 * Keeps the time for judgements: what has been bad for long enough is an alert, what is good ends
 * one, and everything between changes nothing. Time is monotonic milliseconds, given by the caller.
 */
import type { Judgement } from './judgement.ts';

export class Grace {
  /** Owned here: since when each thing has been bad. Bounded, as kinds, logs and witnesses are. */
  readonly #badSinceMs = new Map<string, number>();

  /** The judgements that count now. */
  settle(judgements: readonly Judgement[], nowMs: number): Judgement[] {
    return judgements.filter((judgement) => {
      const key = JSON.stringify([judgement.kind, judgement.origin, judgement.subject]);
      if (judgement.state === 'good') {
        this.#badSinceMs.delete(key);
        return true;
      }
      const sinceMs = this.#badSinceMs.get(key) ?? nowMs;
      this.#badSinceMs.set(key, sinceMs);
      return nowMs - sinceMs >= judgement.afterMs;
    });
  }
}
