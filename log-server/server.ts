/** A log server: one HTTP listener over one or several logs. */
import { loadConfig } from '#service/config.ts';
import { createHttpService } from '#service/http.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { Metrics } from '#service/metrics.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { type LogServerConfig, logServerConfigSchema } from './config.ts';
import { checkDistinct } from './distinct.ts';
import { initLog } from './init.ts';
import { TransparencyLog } from './log.ts';
import { createLogMetrics } from './metrics.ts';
import { type ChoosePublication, StoreTiles } from './publishing/tile-publication.ts';
import { createLogApp } from './serving/app.ts';
import { createTileCache } from './store/tree-reader.ts';

/**
 * How long a closing server waits for the checkpoint that its waiters need. After it they are
 * answered without a proof, before the listener cuts them off.
 */
const DRAIN_WAIT_MS = 5000;
/** A connection on which nothing moves for so long, beyond what an answer may take, is cut. */
const STALL_MS = 60_000;

export interface LogServerDependencies {
  readonly logger?: Logger;
  /** The operator has judged: go on with the databases, whatever marks and witnesses say. */
  readonly trustDatabase?: boolean;
  /** Where the tiles of each log are published; in its store if absent. */
  readonly publicationOf?: ChoosePublication;
  /** Wall clock in milliseconds. */
  readonly now?: () => number;
  /** Called when the process cannot go on; throws the error if absent. */
  readonly fatal?: Fatal;
}

export interface LogServer {
  readonly url: string;
  readonly logs: readonly TransparencyLog[];
  /** Stops accepting, finishes what was begun, answers the waiters, closes the stores. */
  close(): Promise<void>;
}

/** Rejects with `ConfigError` for what the operator must mend. */
export async function startLogServer(
  config: LogServerConfig,
  dependencies: LogServerDependencies = {},
): Promise<LogServer> {
  const logger = dependencies.logger ?? createLogger({ name: 'log', level: config.log_level });
  const { now = Date.now, trustDatabase = false, fatal: onFatal = throwFatal } = dependencies;
  const { publicationOf = (store) => new StoreTiles(store) } = dependencies;
  checkDistinct(config);
  const metrics = new Metrics({ process: true });
  const logs: TransparencyLog[] = [];
  const tiles = createTileCache();
  const metricsOf = createLogMetrics(metrics, () => gaugesOf(logs));
  try {
    for (const logConfig of config.logs) {
      const { limits } = config;
      const parts = {
        tiles,
        publicationOf,
        limits,
        logger,
        metricsOf,
        trustDatabase,
        now,
        onFatal,
      };
      logs.push(await TransparencyLog.open(logConfig, parts));
    }
    const app = createLogApp({ config, logs, logger, metrics });
    const limits = {
      maxConnections: config.limits.connections,
      // Nothing moves while a submission waits for its proof.
      stallTimeoutMs: config.limits.wait_ms + STALL_MS,
    };
    const { listen, trust_proxy: trustProxy } = config;
    const http = createHttpService({ app, logger, listen, limits, trustProxy });
    const listeners = await startListeners(http, { listen: config.metrics, metrics, logger });
    const close = async () => {
      const patience = setTimeout(() => {
        for (const log of logs) log.waiters.close();
      }, DRAIN_WAIT_MS);
      await listeners.close();
      clearTimeout(patience);
      await closeAll(logs);
    };
    return { url: listeners.url, logs, close };
  } catch (error) {
    await closeAll(logs);
    throw error;
  }
}

export interface RunLogServerOptions {
  /** Make the databases that are missing first: these are new logs. */
  readonly init?: boolean;
  /** As for `startLogServer`. */
  readonly trustDatabase?: boolean;
}

/** Runs a log server until the process ends; what `tecp log` does. */
export async function runLogServer(
  configPath: string,
  { init = false, trustDatabase = false }: RunLogServerOptions = {},
): Promise<never> {
  const config = loadConfig(configPath, logServerConfigSchema);
  if (init) await initLog(config);
  const logger = createLogger({ name: 'log', level: config.log_level });
  return await runService(
    async ({ fatal }) => {
      const server = await startLogServer(config, { logger, trustDatabase, fatal });
      const origins = server.logs.map(({ origin }) => origin);
      logger.info({ url: server.url, origins }, 'the log server is listening');
      return server;
    },
    { logger },
  );
}

async function closeAll(logs: readonly TransparencyLog[]): Promise<void> {
  for (const log of logs) await log.close();
}

function gaugesOf(logs: readonly TransparencyLog[]) {
  return new Map(
    logs.map((log) => [
      log.origin,
      {
        treeSize: log.head.size,
        publishedSize: log.published?.size ?? 0,
        queueDepth: log.queueDepth,
        waiters: log.waiters.count,
      },
    ]),
  );
}
