/**
 * The explorer over HTTP: what every server answers, and below that the API and the pages for people, each mounted
 * by its own folder.
 */
import { createApp, type ServiceApp } from '#service/app.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import type { ReadinessCheck } from '#service/process-routes.ts';
import type { ExplorerConfig } from './config.ts';
import type { FollowedLog } from './followed-logs.ts';
import type { IndexReader } from './index/search-index.ts';
import type { LogStatus } from './indexer/log-status.ts';
import type { MonitorFeed } from './monitoring/monitor-feed.ts';

/** What the routes answer out of. */
export interface ExplorerParts {
  /** In the order of the configuration. */
  readonly logs: readonly FollowedLog[];
  /** Of one of these, as it is now. */
  readonly statusOf: (origin: string) => LogStatus;
  /** Calls the listener whenever a status has changed, also when more can be searched; returns what ends that. */
  readonly onStatus: (listener: (status: LogStatus) => void) => () => void;
  readonly reader: IndexReader;
  /** Absent where none is configured. */
  readonly monitor: MonitorFeed | undefined;
}

export interface ExplorerAppOptions {
  readonly config: ExplorerConfig;
  readonly parts: ExplorerParts;
  readonly readiness: ReadinessCheck;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function createExplorerApp(options: ExplorerAppOptions): ServiceApp {
  const { config, readiness, logger, metrics } = options;
  return createApp({
    logger,
    metrics,
    metricsElsewhere: config.metrics !== undefined,
    readiness: { logs: readiness },
    trustProxy: config.trust_proxy,
  });
}
