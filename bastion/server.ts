/**
 * Puts a bastion together and runs it: a small reverse proxy to backends that dial in (C2SP
 * https-bastion), for witnesses without an address of their own. It keeps nothing but connections.
 *
 * `startBastion` is a whole bastion inside any process; `runBastion` is the process of its own.
 */
import { loadConfig } from '#service/config.ts';
import { createHttpService } from '#service/http.ts';
import type { KeepAlive } from '#service/http2-keep-alive.ts';
import { runService } from '#service/lifecycle.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { startListeners } from '#service/metrics-listener.ts';
import type { NewcomerLimits } from '#service/newcomers.ts';
import { createBastionApp, createBastionMetrics } from './app.ts';
import { Backends } from './backends.ts';
import { type BastionConfig, bastionConfigSchema } from './config.ts';
import { FileWatch, readFiles } from './files.ts';
import { BACKEND_LIMITS, createBackendListener } from './listener.ts';

const CLIENT_SHARE = 4;
const DRAIN_TIMEOUT_MS = 10_000;

export interface BastionDeps {
  /** JSON lines on standard output if absent. */
  logger?: Logger;
  keepAlive?: KeepAlive;
  backendLimits?: NewcomerLimits;
}

export interface RunningBastion {
  /** Where clients come, without a slash at the end. */
  readonly url: string;
  /** Where backends come: `host:port`. */
  readonly backends: string;
  /** Reads its files again. */
  reload(): void;
  close(): Promise<void>;
}

/** Starts a bastion. Rejects with `ConfigError` for whatever the operator has to put right. */
export async function startBastion(
  config: BastionConfig,
  deps: BastionDeps = {},
): Promise<RunningBastion> {
  const logger = deps.logger ?? createLogger({ name: 'bastion', level: config.log_level });
  const { limits, listen, trust_proxy: trustProxy } = config;
  const { tls, allowed } = readFiles(config);
  const maxRequests = limits.requests_per_backend;
  const backends = new Backends({
    allowed,
    maxRequests,
    maxRequestsOfClient: Math.ceil(maxRequests / CLIENT_SHARE),
    logger,
    ...(deps.keepAlive === undefined ? {} : { keepAlive: deps.keepAlive }),
  });
  const metrics = createBastionMetrics(backends);
  const metricsElsewhere = config.metrics !== undefined;
  const app = createBastionApp({
    ...{ backends, limits, metrics, metricsElsewhere, trustProxy, logger },
  });
  const http = createHttpService({
    app,
    logger,
    listen,
    trustProxy,
    ...(config.https ? { tls } : {}),
    limits: { drainTimeoutMs: DRAIN_TIMEOUT_MS },
  });
  const admit = backends.admit.bind(backends);
  const listener = createBackendListener({
    listen: config.backends.listen,
    tls,
    admit,
    limits: deps.backendLimits ?? BACKEND_LIMITS,
    logger,
  });
  const listeners = await startListeners(http, { listen: config.metrics, metrics, logger });
  const { url } = listeners;
  try {
    const { host, port } = await listener.start();
    const files = new FileWatch(config, logger, (fresh) => {
      backends.allow(fresh.allowed);
      listener.renewTls(fresh.tls);
      if (config.https) http.renewTls(fresh.tls);
    });
    const address = `${host}:${port}`;
    logger.info({ url, backends: address, allowed: allowed.size }, 'ready');
    return {
      url,
      backends: address,
      reload: files.reload,
      close: async () => {
        files.stop();
        await listeners.close();
        await listener.stop(() => backends.close(DRAIN_TIMEOUT_MS));
      },
    };
  } catch (error) {
    await listeners.close();
    throw error;
  }
}

/** Runs a bastion as this process, until it is told to stop. Rejects if it cannot start. */
export async function runBastion(configPath: string): Promise<never> {
  const config = loadConfig(configPath, bastionConfigSchema);
  const logger = createLogger({ name: 'bastion', level: config.log_level });
  return await runService(() => startBastion(config, { logger }), { logger });
}
