/** What the API is made of. */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { Logger } from '#service/logging.ts';
import type { RateLimiter } from '#service/rate-limit.ts';
import type { IndexReader } from '../index/search-index.ts';
import type { MonitorFeed } from '../monitoring/monitor-feed.ts';
import type { LogState } from '../search/answers.ts';

/** A log that the explorer follows, as it is configured. */
export interface ServedLog {
  readonly origin: string;
  /** Where it is read from: a URL prefix. */
  readonly url: string;
  /** A tlog-policy: whom the explorer believes about it. */
  readonly policyText: string;
  readonly entryTypes: readonly EntryType[];
  /** Whether its entries are judged before they are indexed. */
  readonly judged: boolean;
}

/** How the explorer stands to a log now, beyond what the index says. */
export interface LogStanding {
  readonly state: LogState;
  /** A sentence. */
  readonly trouble?: string | undefined;
  readonly shownSize?: number | undefined;
}

export interface ApiOptions {
  readonly index: IndexReader;
  readonly logs: readonly ServedLog[];
  readonly standing: (origin: string) => LogStanding;
  /** Absent where none is configured. */
  readonly monitor: Pick<MonitorFeed, 'answer' | 'evidence'> | undefined;
  /** URL prefix by which people reach the explorer; the one that they asked by, if absent. */
  readonly publicUrl?: string | undefined;
  /** What each client may ask; requests take what they cost (`costs.ts`). */
  readonly limiter: RateLimiter;
  /** Take a client's address from the last X-Forwarded-For entry. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}
