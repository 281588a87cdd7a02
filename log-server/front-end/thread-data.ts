/** What the thread of a front end is asked to do, and what it is given for that. */
import type { MessagePort } from 'node:worker_threads';
import type { LogLevel } from '#service/logging.ts';
import type { LogConfig, LogServerConfig } from '../config.ts';
import type { Sharing } from '../serving/clients.ts';
import type { LinkEnd } from './port-link.ts';

/** A log's configuration, with the names of its entry types: these are functions, which stay in their thread. */
export type PlainLogConfig = Omit<LogConfig, 'entry_types'> & { readonly entry_types: string[] };

export interface ThreadedLog {
  readonly config: PlainLogConfig;
  readonly verifierKey: string;
  readonly policyText: string;
  readonly link: LinkEnd;
}

/** What it serves, as far as that can be sent. */
export interface FrontEndThreadData {
  readonly settings: Omit<LogServerConfig, 'logs'>;
  /** In the order of the configuration. */
  readonly logs: readonly ThreadedLog[];
  readonly logLevel: LogLevel;
  readonly sharing: Sharing;
  /** To ask the main thread for what all other threads have counted. */
  readonly others: MessagePort;
}

/**
 * `open`, which comes first and once, returns when all that listening needs is there. `listen`, where port 0 lets the
 * system choose, returns the `ListeningAddress`, `values` the `MetricValues`. `close` may come at any time.
 */
export type FrontEndCall =
  | { readonly do: 'open'; readonly data: FrontEndThreadData }
  | { readonly do: 'values' | 'close' }
  | { readonly do: 'listen'; readonly port: number };
