/** What the main thread and the indexer's thread say to one another. */
import type { MessagePort } from 'node:worker_threads';
import { ConfigError, PassingError } from '#service/errors.ts';
import type { Trouble } from '#service/following.ts';
import type { ErrorCodec } from '#service/port-calls.ts';
import { SearchIndexError, type SearchIndexErrorKind } from '../index/search-index.ts';
import type { LogStatus } from './log-status.ts';

/** A log to follow, as plain data. */
export interface LogToIndex {
  readonly origin: string;
  readonly url: string;
  readonly policyText: string;
  /** Names. */
  readonly entryTypes: readonly string[];
}

export interface IndexerSettings {
  readonly database: string;
  readonly logs: readonly LogToIndex[];
  readonly entries: 'check' | 'tree-only';
  readonly workers: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface IndexerThreadData extends IndexerSettings {
  /** Takes `IndexerNews`. */
  readonly news: MessagePort;
}

/** How a log stands, whenever that has changed; and trouble with one, told once, or that it is over. */
export type IndexerNews =
  | { readonly status: LogStatus }
  | { readonly origin: string; readonly trouble: Trouble | undefined };

/**
 * `open` makes or opens the index, and answers how each log stands; `follow` begins to ask the logs; `close` comes
 * back when all is written and closed.
 */
export type IndexerCall = 'open' | 'follow' | 'close';

export type OpenAnswer = readonly LogStatus[];

/** Errors that are made of their message alone. */
const PLAIN = { ConfigError, PassingError } as const;

type Described =
  | { readonly type: 'index'; readonly kind: SearchIndexErrorKind; readonly message: string }
  | { readonly type: keyof typeof PLAIN; readonly message: string }
  | { readonly type: 'bug'; readonly message: string; readonly stack: string };

function describe(error: unknown): Described {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof SearchIndexError) return { type: 'index', kind: error.kind, message };
  if (error instanceof ConfigError) return { type: 'ConfigError', message };
  if (error instanceof PassingError) return { type: 'PassingError', message };
  return { type: 'bug', message, stack: (error instanceof Error && error.stack) || message };
}

/** Each error arrives as what it was. */
export const FAILURES: ErrorCodec = {
  describe,
  revive: (described) => {
    const failure = described as Described;
    if (failure.type === 'index') return new SearchIndexError(failure.kind, failure.message);
    if (failure.type !== 'bug') return new PLAIN[failure.type](failure.message);
    const error = new Error(failure.message);
    error.stack = failure.stack;
    return error;
  },
};
