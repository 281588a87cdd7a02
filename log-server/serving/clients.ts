/**
 * What a front end spends on its clients, whichever of its logs they ask: rates, bytes held for them,
 * and the files kept for all.
 */
import type { MiddlewareHandler } from 'hono';
import { LRUCache } from 'lru-cache';
import type { ServiceEnv } from '#service/app.ts';
import { ByteBudget } from '#service/byte-budget.ts';
import type { Exchange } from '#service/pipeline.ts';
import { HttpProblem } from '#service/problem.ts';
import { checkRate, clientAddress, RATED_CLIENTS, RateLimiter } from '#service/rate-limit.ts';
import { newRateMemory, type RateMemory } from '#service/rate-table.ts';
import type { LogLimits } from '../config.ts';

/**
 * Beyond the one unit of the read rate that every request costs, which is what the cheapest takes.
 * Measured by `./tecp bench reads`.
 */
export const READ_COSTS = {
  /** In a large tree the path is read from tiles that are in no cache. */
  proof: 7,
  /** Up to 256 rows of the store. */
  newBundle: 4,
  /** A page for people, made anew for each. */
  page: 4,
  /** For each 32 KiB that are compressed. */
  compressed: 2,
} as const;
const COMPRESSED_UNIT_BYTES = 32 * 1024;

/** All request bodies in memory at the same time. */
const MAX_BODY_BYTES_HELD = 256 * 1024 * 1024;
/** All bundles on their way to clients at the same time; they may read slowly. */
const MAX_ANSWER_BYTES_HELD = 256 * 1024 * 1024;
/** Of both, a front end has at least this much, however many there are: a quarter of it is a large batch. */
const MIN_BYTES_HELD = 64 * 1024 * 1024;
const FILE_CACHE_BYTES = 64 * 1024 * 1024;
/** At least what a file that is kept takes beside its bytes. */
const KEPT_FILE_BYTES = 512;

/** What all front ends of a server have in common. */
export interface Sharing {
  /** How many there are: each has its share of the memory that clients may fill. */
  readonly workers: number;
  /** What clients have taken of their rates. */
  readonly submissions: RateMemory;
  readonly reads: RateMemory;
}

type ClientRates = Pick<LogLimits, 'submissions' | 'reads'>;

/** For the front ends of one server; in one thread it need not be shared memory. */
export function newSharing(workers: number): Sharing {
  const memory = () => newRateMemory(RATED_CLIENTS, workers > 1);
  return { workers, submissions: memory(), reads: memory() };
}

export class Clients {
  readonly #trustProxy: boolean;
  readonly #submissions: RateLimiter;
  readonly #reads: RateLimiter;
  readonly #bodies: ByteBudget;
  readonly #answers: ByteBudget;
  /** Tiles and bundles, and bundles compressed. Keys begin with the origin of the log. */
  readonly files: LRUCache<string, Uint8Array>;

  constructor(limits: ClientRates, trustProxy: boolean, sharing: Sharing) {
    const { submissions, reads } = limits;
    const { workers } = sharing;
    this.#trustProxy = trustProxy;
    this.#bodies = new ByteBudget(Math.max(MIN_BYTES_HELD, MAX_BODY_BYTES_HELD / workers));
    this.#answers = new ByteBudget(Math.max(MIN_BYTES_HELD, MAX_ANSWER_BYTES_HELD / workers));
    this.files = new LRUCache({
      maxSize: Math.ceil(FILE_CACHE_BYTES / workers),
      sizeCalculation: (file) => KEPT_FILE_BYTES + file.length,
    });
    this.#submissions = limiterOf(submissions, sharing.submissions);
    this.#reads = limiterOf(reads, sharing.reads);
  }

  /** For every route that reads. Throws the 429. */
  readonly limitReads: MiddlewareHandler<ServiceEnv> = async (c, next) => {
    this.chargeRead(c.env, 1);
    await next();
  };

  /** Takes what a read costs, or more of it as it turns out. Throws the 429. */
  chargeRead(exchange: Exchange, cost: number): void {
    checkRate(this.#reads, exchange.incoming, this.#trustProxy, cost);
  }

  /** As `chargeRead`, for bytes that have to be compressed first. */
  chargeCompression(exchange: Exchange, bytes: number): void {
    this.chargeRead(exchange, READ_COSTS.compressed * Math.ceil(bytes / COMPRESSED_UNIT_BYTES));
  }

  /** Takes what so many entries cost. Throws the 429. */
  chargeSubmissions(exchange: Exchange, count: number): void {
    checkRate(this.#submissions, exchange.incoming, this.#trustProxy, count);
  }

  /** Makes room for a request body; returns what gives it back. Throws the 503 when there is none. */
  holdBody(exchange: Exchange, bytes: number): () => void {
    const release = this.#bodies.reserve(this.#client(exchange), bytes);
    if (release === undefined) throw overloaded('Too many large submissions at once. Try again.');
    return release;
  }

  /** Counts bytes of an answer until the client has them or is gone. Throws the 503 if too many. */
  holdAnswer(exchange: Exchange, bytes: number): void {
    const release = this.#answers.reserve(this.#client(exchange), bytes);
    if (release === undefined) throw overloaded('Too many large answers at once. Try again.');
    if (exchange.outgoing.destroyed) release();
    else exchange.outgoing.once('close', release);
  }

  #client(exchange: Exchange): string {
    return clientAddress(exchange.incoming, this.#trustProxy);
  }
}

function limiterOf({ per_second, burst }: LogLimits['reads'], memory: RateMemory): RateLimiter {
  return new RateLimiter({ ratePerSecond: per_second, burst, memory });
}

function overloaded(detail: string): HttpProblem {
  return new HttpProblem(503, 'overloaded', detail, { retryAfterSeconds: 1 });
}
