/** A log server: one or several logs, and the front ends that serve all of them. */
import { loadConfig } from '#service/config.ts';
import { type Fatal, runService, throwFatal } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { Metrics, type MetricValues } from '#service/metrics.ts';
import { startListeners } from '#service/metrics-listener.ts';
import { type LogServerConfig, logServerConfigSchema } from './config.ts';
import { checkDistinct } from './distinct.ts';
import { createFrontEnd, type LogToServe } from './front-end/front-end.ts';
import { FrontEndThreads } from './front-end/threads.ts';
import type { HostedLog } from './hosted-log.ts';
import { initLog } from './init.ts';
import { TransparencyLog } from './log.ts';
import { createLogMetrics } from './metrics.ts';
import type { ChoosePublication } from './publishing/tile-publication.ts';
import { newSharing } from './serving/clients.ts';
import type { ServedLog } from './serving/served-log.ts';
import { Door } from './sharing/door.ts';
import { SharedLog } from './sharing/shared-log.ts';
import { locateStore } from './store/open-store.ts';
import { createTileCache } from './store/tree-reader.ts';

/** For the one front end of a server. */
const alone = () => ({ sharing: newSharing(1), reusePort: false });

export interface LogServerDependencies {
  readonly logger?: Logger;
  /** The operator has judged: go on with the databases, whatever marks and witnesses say. */
  readonly trustDatabase?: boolean;
  /** Where the tiles of each log are published, and read; as its configuration says if absent. With one front end only. */
  readonly publicationOf?: ChoosePublication;
  /** Wall clock in milliseconds. With one front end only. */
  readonly now?: () => number;
  /** Called when the process cannot go on; throws the error if absent. */
  readonly fatal?: Fatal;
}

export interface LogServer {
  readonly url: string;
  readonly logs: readonly HostedLog[];
  /** The logs as the front end of this thread serves them; none if front ends have their own. */
  readonly served: readonly ServedLog[];
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
  const { publicationOf } = dependencies;
  checkDistinct(config);
  const logs: HostedLog[] = [];
  const { limits, workers } = config;
  const ownValues = (): Promise<MetricValues> => metrics.values();
  const threaded = { config, logs, logger, ownValues, onFatal };
  const threads = workers > 1 ? new FrontEndThreads(threaded) : undefined;
  const others = async () => (await threads?.values()) ?? [];
  const metrics = new Metrics({ process: true, others });
  const metricsOf = createLogMetrics(metrics, () => gaugesOf(logs));
  const shared = { limits, logger, metricsOf, trustDatabase, now, onFatal };
  const tiles = createTileCache();
  const parts = { ...shared, tiles, ...(publicationOf !== undefined && { publicationOf }) };
  const isShared = config.logs.some((log) => locateStore(log).shared !== undefined);
  const { announce, ...where } = config.handover;
  let door: Door | undefined;
  const close = async () => {
    await closeAll(logs);
    await door?.close();
  };
  try {
    if (isShared) door = await Door.listen({ ...where, announce, logger });
    for (const logConfig of config.logs) {
      const { shared } = locateStore(logConfig);
      const opening =
        shared === undefined
          ? TransparencyLog.open(logConfig, parts)
          : SharedLog.open(logConfig, shared, { ...parts, door: door! });
      logs.push(await opening);
    }
    const here = { config, logs: logs.map((log) => toServe(log, now)), logger, metrics };
    const frontEnd = threads ?? createFrontEnd({ ...here, ...alone(), port: config.listen.port });
    const listen = config.metrics;
    const listeners = await startListeners(frontEnd, { listen, metrics, logger });
    const served = 'logs' in frontEnd ? frontEnd.logs : [];
    const closeServer = async () => {
      await listeners.close();
      await close();
    };
    return { url: listeners.url, logs, served, close: closeServer };
  } catch (error) {
    await threads?.close();
    await close();
    throw error;
  }
}

/** A log for a front end beside it in one thread. */
function toServe(log: HostedLog, now: () => number): LogToServe {
  const { key, policy, policyText, types, store, publication, tree } = log;
  const parts = { key: key.verifier, policy, policyText, types, store, publication, tree };
  return { ...parts, sequencer: log, now };
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
      const { workers } = config;
      logger.info({ url: server.url, origins, workers }, 'the log server is listening');
      return server;
    },
    { logger },
  );
}

async function closeAll(logs: readonly HostedLog[]): Promise<void> {
  for (const log of logs) await log.close();
}

function gaugesOf(logs: readonly HostedLog[]) {
  return new Map(
    logs.map((log) => [
      log.origin,
      {
        treeSize: log.head.size,
        publishedSize: log.published?.size ?? 0,
        queueDepth: log.queueDepth,
        isSequencing: Number(log.isSequencing),
        isFrozen: Number(log.standing.isFrozen),
      },
    ]),
  );
}
