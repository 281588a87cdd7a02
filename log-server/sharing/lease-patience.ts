/**
 * When a lease may be taken from its holder: when its session has ended, or when it has not been heard of for a
 * while. Nobody's clock is compared with another one: what counts is how long this process has seen no new beat.
 *
 * A holder that is only slow loses its lease, and nothing else: the store refuses what it writes afterwards.
 */
import type { Lease } from '../store/store.ts';

/** A holder beats so often. */
export const BEAT_MS = 1000;
/** Several beats in a row that did not come. */
export const PATIENCE_MS = 5000;

export class LeasePatience {
  // Owned by `isFree`: the lease as it was seen last, and since when it has been so.
  #seen: Lease | undefined;
  #sinceMs = 0;

  /** `nowMs` is that of a monotonic clock, read before the lease was. */
  isFree(lease: Lease, nowMs: number): boolean {
    if (lease.fencing !== this.#seen?.fencing || lease.beats !== this.#seen.beats) {
      this.#seen = lease;
      this.#sinceMs = nowMs;
    }
    return lease.isAbandoned || nowMs - this.#sinceMs >= PATIENCE_MS;
  }
}
