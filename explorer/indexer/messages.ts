/** What the main thread and the indexer's thread say to one another. */
import type { MessagePort } from 'node:worker_threads';
import type { Trouble } from '#service/following.ts';
import type { LogStatus } from './log-status.ts';

/** A log to follow, as plain data. */
export interface LogToIndex {
  readonly origin: string;
  readonly url: string;
  readonly policyText: string;
}

export interface IndexerSettings {
  readonly database: string;
  readonly logs: readonly LogToIndex[];
  /** Names. */
  readonly entryTypes: readonly string[];
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
