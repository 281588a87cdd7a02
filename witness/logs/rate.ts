/**
 * How often a log may be cosigned: as often in a day as whoever named it said (`qpd`).
 *
 * Only what is about to be cosigned counts, so no stranger can use up what is the log's: a larger tree
 * takes the log's signature and a proof. A tree that was cosigned before anybody can send again, so
 * that has an allowance of its own. Refusals cost nothing here; they are limited by address.
 */
import { monotonicMs } from '#service/schedule.ts';
import type { WitnessedLog } from './witnessed-log.ts';

const DAY_MS = 86_400_000;
/** What may come at once after a pause: an hour's share, and at least so many. */
const MIN_BURST = 8;

interface Bucket {
  /** For the rate that the bucket was filled at. */
  readonly queriesPerDay: number;
  tokens: number;
  updatedMs: number;
}

export class LogRates {
  /** Owned by `take`: by kind and origin; at most two for each log with a rate. */
  readonly #buckets = new Map<string, Bucket>();
  readonly #nowMs: () => number;

  /** `nowMs`: monotonic milliseconds. */
  constructor(nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs;
  }

  /** Takes one from the log's allowance; else in how many seconds there is one again. */
  take({ origin, queriesPerDay }: WitnessedLog, grows: boolean): number | undefined {
    if (queriesPerDay === undefined) return undefined;
    const bucket = this.#refilled(`${grows ? 'tree' : 'again'} ${origin}`, queriesPerDay);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return undefined;
    }
    return Math.max(1, Math.ceil(((1 - bucket.tokens) * DAY_MS) / queriesPerDay / 1000));
  }

  #refilled(key: string, queriesPerDay: number): Bucket {
    const nowMs = this.#nowMs();
    const burst = Math.max(MIN_BURST, queriesPerDay / 24);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined || bucket.queriesPerDay !== queriesPerDay) {
      bucket = { queriesPerDay, tokens: burst, updatedMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    const gained = ((nowMs - bucket.updatedMs) * queriesPerDay) / DAY_MS;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.updatedMs = nowMs;
    return bucket;
  }
}
