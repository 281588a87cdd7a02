/**
 * What requests cost their client beyond the one unit that each takes before it is looked at, and how much of an
 * answer may wait for a client to read it.
 */
import type { ServiceContext } from '#service/app.ts';
import { ByteBudget } from '#service/byte-budget.ts';
import { HttpProblem } from '#service/problem.ts';
import { checkRate, clientAddress } from '#service/rate-limit.ts';
import type { ApiOptions } from './options.ts';

export const COSTS = {
  /** Looks through a bounded number of entries. */
  search: 4,
  /** For each entry of an answer: its path is made of tiles that are in no cache, at worst. */
  entry: 0.1,
  /** The rows of a bundle. */
  bundle: 1,
  /** A bundle of 256 receipts comes to one unit, one of the largest entries to 128. */
  compressedByte: 1 / (128 * 1024),
  /** Of a page: its data and what is rendered of them. */
  pageByte: 1 / (128 * 1024),
  counts: 2,
  /** For each checkpoint that is asked for, and for what of its note there is. */
  checkpoint: 0.02,
  noteByte: 1 / (64 * 1024),
} as const;

/** All entries and pages on their way to clients at the same time; they may read slowly. */
const MAX_BYTES_HELD = 64 * 1024 * 1024;

/** What the parts of the API, and the pages made of it, spend on a client. */
export class Spending {
  readonly #options: Pick<ApiOptions, 'limiter' | 'trustProxy'>;
  readonly #held = new ByteBudget(MAX_BYTES_HELD);

  constructor(options: Pick<ApiOptions, 'limiter' | 'trustProxy'>) {
    this.#options = options;
  }

  /** Throws the 429. */
  charge(c: ServiceContext, cost: number): void {
    checkRate(this.#options.limiter, c.env.incoming, this.#options.trustProxy, cost);
  }

  /** Counts bytes of an answer until the client has them or is gone. Throws the 503 if there are too many. */
  hold(c: ServiceContext, bytes: number): void {
    const release = this.#held.reserve(this.clientOf(c), bytes);
    if (release === undefined) {
      const detail = 'Too many large answers at once. Try again.';
      throw new HttpProblem(503, 'overloaded', detail, { retryAfterSeconds: 1 });
    }
    const { outgoing } = c.env;
    if (outgoing.destroyed) release();
    else outgoing.once('close', release);
  }

  clientOf(c: ServiceContext): string {
    return clientAddress(c.env.incoming, this.#options.trustProxy);
  }
}
