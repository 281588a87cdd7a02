/**
 * How each peer and monitor that is asked stands: when it last answered, and what came of asking it
 * about each log. For people to look at; nothing is decided by it.
 */
import { monotonicMs } from '#service/schedule.ts';

export interface PeerStanding {
  readonly name: string;
  readonly url: string;
  /** How long ago it last answered; absent if it never has. */
  readonly answeredAgoMs: number | undefined;
  /** Whether any attempt has ended. */
  readonly isAsked: boolean;
  /** How many logs came to each result last; none for one that is asked for evidence alone. */
  readonly results: ReadonlyMap<string, number>;
  /** Why the last request for something, or the last comparison of it, failed. */
  readonly trouble: string | undefined;
}

interface Page {
  readonly url: string;
  answeredAtMs: number | undefined;
  /** The last by what was asked for: a log, or evidence. */
  readonly results: Map<string, { readonly result: string; readonly reason: string | undefined }>;
}

/** What is asked for beside logs. */
export const EVIDENCE_LIST = 'evidence list';
const UNREACHABLE = 'unreachable';
const TROUBLES = [UNREACHABLE, 'bad-answer', 'undecided'];

export class PeerBook {
  /** Owned here. One for each configured peer, with one result for each log. */
  readonly #pages = new Map<string, Page>();

  add(name: string, url: string): void {
    this.#pages.set(name, { url, answeredAtMs: undefined, results: new Map() });
  }

  note(name: string, subject: string, result: string, reason: string | undefined): void {
    const page = this.#pages.get(name);
    if (page === undefined) return;
    page.results.set(subject, { result, reason });
    if (result !== UNREACHABLE) page.answeredAtMs = monotonicMs();
  }

  standings(): PeerStanding[] {
    return [...this.#pages].map(([name, { url, answeredAtMs, results }]) => ({
      name,
      url,
      answeredAgoMs: answeredAtMs === undefined ? undefined : monotonicMs() - answeredAtMs,
      isAsked: results.size > 0,
      results: countEach(
        [...results].filter(([what]) => what !== EVIDENCE_LIST).map(([, { result }]) => result),
      ),
      trouble: troubleOf(results.values()),
    }));
  }
}

function troubleOf(results: Iterable<{ result: string; reason: string | undefined }>) {
  for (const { result, reason } of results) if (TROUBLES.includes(result)) return reason ?? result;
  return undefined;
}

function countEach(values: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
