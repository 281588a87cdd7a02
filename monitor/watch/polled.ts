/**
 * What came of asking somebody again and again: the last good answer, and for how long there has
 * been none. Durations are of the monotonic clock.
 */
import { RemoteError } from '#client/http.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Failure } from '../judge/observations.ts';

export class Polled<T> {
  // Owned by the one loop that asks.
  #last: T | undefined;
  #lastMs: number | undefined;
  #asked = false;
  #failing: { kind: Failure['kind']; detail: string; count: number; sinceMs: number } | undefined;

  /** The last good answer, however old. */
  get last(): T | undefined {
    return this.#last;
  }

  /** How long ago that came. */
  get lastAgoMs(): number | undefined {
    return this.#lastMs === undefined ? undefined : monotonicMs() - this.#lastMs;
  }

  /** Whether any attempt has ended. */
  get asked(): boolean {
    return this.#asked;
  }

  get failure(): Failure | undefined {
    if (this.#failing === undefined) return undefined;
    const { kind, detail, count, sinceMs } = this.#failing;
    return { kind, detail, count, forMs: monotonicMs() - sinceMs };
  }

  succeeded(answer: T): void {
    this.#last = answer;
    this.#lastMs = monotonicMs();
    this.#asked = true;
    this.#failing = undefined;
  }

  /** Takes a failure of the other side; throws any other error, which is one of ours. */
  failed(error: unknown): void {
    const kind = failureKind(error);
    if (kind === undefined) throw error;
    const before = this.#failing;
    this.#asked = true;
    this.#failing = {
      kind,
      detail: describe(error as Error),
      count: (before?.count ?? 0) + 1,
      sinceMs: before?.sinceMs ?? monotonicMs(),
    };
  }
}

/** Without the URL, which everybody who reads it knows. */
function describe(error: Error): string {
  if (!(error instanceof RemoteError)) return error.message;
  const words = error.message.slice(`${error.url}: `.length);
  return error.kind === 'unreachable' ? `no connection (${words})` : words;
}

function failureKind(error: unknown): Failure['kind'] | undefined {
  if (error instanceof ProtocolError) return 'invalid';
  if (!(error instanceof RemoteError)) return undefined;
  const { kind } = error;
  if (kind === 'status') return 'refused';
  return kind === 'bad-content' || kind === 'too-large' ? 'invalid' : 'unavailable';
}
