/**
 * Puts an explorer together and runs it: the indexer in its thread, readers of the index, HTTP.
 *
 * `startExplorer` is a whole explorer inside any process; `runExplorer` is the process of its own.
 */
import { availableParallelism } from 'node:os';
import { createHttpService } from '#service/http.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { createExplorerApp, type ExplorerParts } from './app.ts';
import type { ExplorerConfig } from './config.ts';
import { type FollowedLog, followedLogs } from './followed-logs.ts';
import type { IndexReader } from './index/search-index.ts';
import { openSearchThreads } from './index/sqlite/search-threads.ts';
import { Indexer } from './indexer/indexer.ts';
import type { LogStatus } from './indexer/log-status.ts';
import { createExplorerMetrics, timedReader } from './metrics.ts';
import { MonitorFeed } from './monitoring/monitor-feed.ts';
import { type BuiltApp, openBuiltApp } from './web/serve/built-app.ts';

/** Each takes some 20 MiB, and a search a few milliseconds: most explorers never start a second one. */
const MAX_SEARCH_THREADS = 4;

export interface ExplorerDeps {
  /** JSON lines on standard output if absent. */
  readonly logger?: Logger;
  /** Called when the process cannot go on; throws the error if absent. */
  readonly fatal?: Fatal;
}

export interface RunningExplorer {
  /** Where it is served, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts an explorer. Rejects with `ConfigError` for whatever the operator has to put right. */
export async function startExplorer(
  config: ExplorerConfig,
  deps: ExplorerDeps = {},
): Promise<RunningExplorer> {
  const logger = deps.logger ?? createLogger({ name: 'explorer', level: config.log_level });
  const logs = followedLogs(config);
  const webApp = await openBuiltApp();
  const onFatal = deps.fatal ?? throwFatal;
  const indexer = await openIndexer(config, logs, { logger, onFatal });
  let index: IndexReader | undefined;
  try {
    const metrics = createExplorerMetrics(() => indexer.statuses);
    const threads = Math.min(MAX_SEARCH_THREADS, availableParallelism());
    index = await openSearchThreads(config.database, {
      types: config.entry_types,
      threads,
      onFatal,
    });
    const reader = timedReader(index, metrics);
    return await serve(config, { logs, indexer, reader, webApp, metrics, logger, onFatal });
  } catch (error) {
    await Promise.all([indexer.close(), index?.close()]);
    throw error;
  }
}

interface ServeOptions extends Pick<ExplorerParts, 'logs' | 'reader'> {
  readonly indexer: Indexer;
  readonly webApp: BuiltApp;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly onFatal: Fatal;
}

async function serve(
  config: ExplorerConfig,
  { logs, indexer, reader, webApp, metrics, logger, onFatal }: ServeOptions,
): Promise<RunningExplorer> {
  const monitor = monitorFeed(config, logger);
  const parts: ExplorerParts = {
    logs,
    statusOf: (origin) => indexer.statusOf(origin),
    reader,
    monitor,
  };
  const readiness = () => whyNothingIsShown(indexer.statuses);
  const { app, api } = createExplorerApp({
    config,
    parts,
    webApp,
    readiness,
    logger,
    metrics,
    onFatal,
  });
  const http = createHttpService({
    app,
    logger,
    listen: config.listen,
    limits: { maxConnections: config.limits.connections },
    trustProxy: config.trust_proxy,
  });
  const listeners = await startListeners(http, { listen: config.metrics, metrics, logger });
  const { url } = listeners;
  for (const { origin } of logs.filter(({ withoutQuorum }) => withoutQuorum)) {
    logger.warn({ origin }, 'no quorum is checked: the signature of the log alone is believed');
  }
  logger.info({ url, logs: logs.length }, 'ready');
  await indexer.follow();
  monitor?.start();
  return {
    url,
    close: async () => {
      api.close();
      await Promise.all([monitor?.stop(), indexer.close(), listeners.close()]);
      await reader.close();
    },
  };
}

/** Runs an explorer as this process, until it is told to stop. Rejects if it cannot start. */
export async function runExplorer(config: ExplorerConfig): Promise<never> {
  const logger = createLogger({ name: 'explorer', level: config.log_level });
  return await runService(({ fatal }) => startExplorer(config, { logger, fatal }), { logger });
}

async function openIndexer(
  config: ExplorerConfig,
  logs: readonly FollowedLog[],
  options: { readonly logger: Logger; readonly onFatal: Fatal },
): Promise<Indexer> {
  const { database, entries, workers, interval_ms: intervalMs, timeout_ms: timeoutMs } = config;
  const settings = { database, entries, workers, intervalMs, timeoutMs };
  const entryTypes = config.entry_types.map(({ name }) => name);
  const toIndex = logs.map(({ origin, url, policyText }) => ({ origin, url, policyText }));
  return await Indexer.open({ ...settings, entryTypes, logs: toIndex }, options);
}

function monitorFeed(config: ExplorerConfig, logger: Logger): MonitorFeed | undefined {
  const { monitor: url, interval_ms: intervalMs, timeout_ms: timeoutMs } = config;
  return url === undefined
    ? undefined
    : new MonitorFeed({ url, intervalMs, timeoutMs, logger, now: Date.now });
}

/** An explorer is there to be read while logs are not, so nothing else keeps it from being ready. */
function whyNothingIsShown(statuses: readonly LogStatus[]): string | undefined {
  if (statuses.some(({ shownSize }) => shownSize !== undefined)) return undefined;
  const trouble = statuses.find((status) => status.trouble !== undefined)?.trouble;
  return trouble?.message ?? 'nothing has been verified yet';
}
