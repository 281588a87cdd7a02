/**
 * A log that is followed: asked politely, and for as long as it may take. A tile or a bundle that it refuses
 * for load is asked for again when it says so, and one that is lost on the way a few times; its checkpoint is
 * asked for once, as whoever follows it asks again anyway.
 */
import { get } from '#client/http.ts';
import { tryAgain } from '#client/retry.ts';
import { FileTileSource } from '#client/tile-source.ts';
import { outboundFetch } from './outbound.ts';

/** For one file, the first included. */
const ATTEMPTS = 8;
const LONGEST_ASKED_MS = 10 * 60_000;

export interface PoliteSourceOptions {
  /** URL prefix of the log. */
  readonly url: string;
  /** For each request. */
  readonly timeoutMs: number;
  /** Ends requests and pauses. */
  readonly signal: AbortSignal;
  /** For whoever has a place that others wait for: tries a file this often, and pauses for ten seconds at most. */
  readonly attempts?: number;
}

export function politeSource(source: PoliteSourceOptions): FileTileSource {
  const { url, timeoutMs, signal, attempts = ATTEMPTS } = source;
  const longestAskedMs = source.attempts === undefined ? LONGEST_ASKED_MS : undefined;
  return new FileTileSource((path, maxBytes) => {
    const options = { timeoutMs, signal, maxBytes, fetch: outboundFetch };
    const read = () => get(`${url}/${path}`, options);
    return path === 'checkpoint' ? read() : tryAgain(attempts, read, signal, longestAskedMs);
  });
}
