/**
 * The explorer over HTTP: what every server answers, and below that the API and the pages for people, each mounted
 * by its own folder.
 */
import { createApp, type ServiceApp } from '#service/app.ts';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { serveDocument } from '#service/openapi.ts';
import type { ReadinessCheck } from '#service/process-routes.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { addExplorerApi, type ExplorerApi, indexProblem } from './api/add-api.ts';
import { API_DOCUMENT, PROBLEM_MEMBERS } from './api/definitions.ts';
import type { ApiOptions } from './api/options.ts';
import type { ExplorerConfig } from './config.ts';
import type { FollowedLog } from './followed-logs.ts';
import { type IndexReader, SearchIndexError } from './index/search-index.ts';
import type { LogStatus } from './indexer/log-status.ts';
import type { MonitorFeed } from './monitoring/monitor-feed.ts';
import type { BuiltApp } from './web/serve/built-app.ts';
import { compressJson } from './web/serve/encoding.ts';
import { addPageRoutes } from './web/serve/page-routes.ts';

/** What the routes answer out of. */
export interface ExplorerParts {
  /** In the order of the configuration. */
  readonly logs: readonly FollowedLog[];
  /** Of one of these, as it is now. */
  readonly statusOf: (origin: string) => LogStatus;
  readonly reader: IndexReader;
  /** Absent where none is configured. */
  readonly monitor: MonitorFeed | undefined;
}

export interface ExplorerAppOptions {
  readonly config: ExplorerConfig;
  readonly parts: ExplorerParts;
  readonly webApp: BuiltApp;
  readonly readiness: ReadinessCheck;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Told when the index fails for good. */
  readonly onFatal: Fatal;
}

export interface ExplorerApp {
  readonly app: ServiceApp;
  readonly api: ExplorerApi;
}

export function createExplorerApp(options: ExplorerAppOptions): ExplorerApp {
  const { config, webApp, readiness, logger, metrics, onFatal } = options;
  const app = createApp({
    logger,
    metrics,
    metricsElsewhere: config.metrics !== undefined,
    readiness: { logs: readiness },
    trustProxy: config.trust_proxy,
    toProblem: (error) => {
      if (error instanceof SearchIndexError && error.kind === 'failed') onFatal(error);
      return indexProblem(error);
    },
    problemMembers: PROBLEM_MEMBERS,
  });
  const asked = apiOptions(options);
  app.use('/v1/*', compressJson);
  const api = addExplorerApi(app, asked);
  serveDocument(app, API_DOCUMENT);
  const { limiter, trustProxy } = asked;
  addPageRoutes(app, { webApp, limiter, trustProxy, spending: api.spending });
  return { app, api };
}

function apiOptions({ config, parts, logger }: ExplorerAppOptions): ApiOptions {
  const { per_second: ratePerSecond, burst } = config.limits.requests;
  return {
    index: parts.reader,
    logs: parts.logs,
    standing: (origin) => {
      const { state, trouble, shownSize } = parts.statusOf(origin);
      return { state, trouble: trouble?.message, shownSize };
    },
    monitor: parts.monitor,
    publicUrl: config.public_url,
    limiter: new RateLimiter({ ratePerSecond, burst }),
    trustProxy: config.trust_proxy,
    logger,
    now: Date.now,
  };
}
