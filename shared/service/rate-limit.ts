/**
 * A token bucket for each client, in bounded memory (`rate-table.ts`), which threads may share. Time is
 * passed in and must be monotonic.
 */
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { HttpProblem } from './problem.ts';
import { newRateMemory, type RateMemory, RateTable } from './rate-table.ts';
import { monotonicMs } from './schedule.ts';

export interface RateLimitOptions {
  /** Sustained requests per second for each client. */
  ratePerSecond: number;
  /** Requests that may come at once after a pause. */
  burst: number;
  /** Where buckets are kept, by `newRateMemory`; for 10,000 clients, and not shared, if absent. */
  memory?: RateMemory;
}

export type RateDecision = { allowed: true } | { allowed: false; retryAfterSeconds: number };

const ALLOWED: RateDecision = { allowed: true };
/** Times are whole microseconds, of which each token's may be one too many. */
const ROUNDING = 1e-3;
/** Clients whose buckets are remembered while they are not full. */
export const RATED_CLIENTS = 10_000;

export class RateLimiter {
  readonly #perUs: number;
  readonly #burst: number;
  readonly #table: RateTable;

  constructor(options: RateLimitOptions) {
    if (!(options.ratePerSecond > 0) || !(options.burst >= 1)) {
      throw new RangeError('expected ratePerSecond > 0 and burst >= 1');
    }
    this.#perUs = options.ratePerSecond / 1_000_000;
    this.#burst = options.burst;
    this.#table = new RateTable(options.memory ?? newRateMemory(RATED_CLIENTS));
  }

  /** Takes `cost` tokens from the client's bucket, or none at all and says when to come back. */
  take(client: string, nowMs: number, cost = 1): RateDecision {
    const nowUs = nowMs * 1000;
    // A request dearer than a full bucket passes with a full one, and leaves a debt.
    const needed = Math.min(cost, this.#burst);
    let missing = 0;
    const isTaken = this.#table.update(client, nowUs, (fullAtUs) => {
      missing = needed - (this.#burst - (fullAtUs - nowUs) * this.#perUs);
      return missing > ROUNDING ? undefined : fullAtUs + cost / this.#perUs;
    });
    if (isTaken) return ALLOWED;
    const retryAfterSeconds = Math.max(1, Math.ceil(missing / this.#perUs / 1_000_000));
    return { allowed: false, retryAfterSeconds };
  }
}

/** Takes `cost` tokens for the client of a request, or throws the 429 that says when to come back. */
export function checkRate(
  limiter: RateLimiter,
  incoming: IncomingMessage,
  trustProxy: boolean,
  cost = 1,
): void {
  if (cost === 0) return;
  const decision = limiter.take(clientAddress(incoming, trustProxy), monotonicMs(), cost);
  if (decision.allowed) return;
  const { retryAfterSeconds } = decision;
  throw new HttpProblem(429, 'rate-limited', 'Too many requests.', { retryAfterSeconds });
}

/** Whose bucket a request draws on: that of its address. */
export function clientAddress(incoming: IncomingMessage, trustProxy: boolean): string {
  return addressKey(clientIp(incoming, trustProxy));
}

/**
 * Where a request comes from. Behind a trusted proxy it is the last X-Forwarded-For entry, the only
 * one that the proxy itself wrote.
 */
export function clientIp(incoming: IncomingMessage, trustProxy: boolean): string {
  const address = incoming.socket.remoteAddress ?? 'unknown';
  return (trustProxy ? lastForwarded(incoming) : undefined) ?? address;
}

export function lastForwarded({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const forwarded = headers['x-forwarded-for'];
  return typeof forwarded === 'string'
    ? forwarded.split(',').at(-1)?.trim() || undefined
    : undefined;
}

/** One name for one client: its IPv4 address, or its IPv6 network (/64: one subscriber owns all). */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address.slice(0, 64);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? networkOf(address) : address.slice(0, 64);
}

/** The first 64 bits of an IPv6 address, written out in full. */
function networkOf(address: string): string {
  const [head = '', tail] = (address.split('%')[0] ?? '').toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array.from({ length: Math.max(0, gap) }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
