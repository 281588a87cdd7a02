/**
 * A front end: an HTTP listener, and all that it serves of the logs, in the thread that starts it. It
 * admits entries and reads; what sequences them is at the other end of its links.
 */
import { createHttpService, type ListeningAddress } from '#service/http.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import type { LogServerConfig } from '../config.ts';
import { createLogApp } from '../serving/app.ts';
import type { Sharing } from '../serving/clients.ts';
import { createServingMetrics } from '../serving/metrics.ts';
import { ServedLog, type ServedLogOptions } from '../serving/served-log.ts';

/**
 * How long a closing front end waits for the checkpoint that its waiters need. After it they are
 * answered without a proof, before the listener cuts them off.
 */
const DRAIN_WAIT_MS = 5000;
/** A connection on which nothing moves for so long, beyond what an answer may take, is cut. */
const STALL_MS = 60_000;

/** A log, as whoever starts a front end knows it. */
export type LogToServe = Omit<ServedLogOptions, 'maxWaiters' | 'onRefused'>;

export interface FrontEndOptions {
  readonly config: LogServerConfig;
  /** In the order of the configuration. */
  readonly logs: readonly LogToServe[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sharing: Sharing;
  /** Of the configuration, or where another front end listens already. */
  readonly port: number;
  /** Whether other front ends listen on the same port. */
  readonly reusePort: boolean;
}

export interface FrontEnd {
  readonly logs: readonly ServedLog[];
  /** Rejects with `ConfigError` for a port or an address that cannot be had. */
  start(): Promise<ListeningAddress>;
  /** Stops accepting, finishes what was begun, answers the waiters. */
  close(): Promise<void>;
}

export function createFrontEnd(options: FrontEndOptions): FrontEnd {
  const { config, logger, metrics, sharing, port, reusePort } = options;
  const { limits, listen, trust_proxy: trustProxy } = config;
  const shareOf = (total: number) => Math.ceil(total / sharing.workers);
  const counters = createServingMetrics(metrics, () =>
    logs.map(({ origin, waiters }) => [origin, waiters.count] as const),
  );
  const logs = options.logs.map(
    (log) =>
      new ServedLog({
        ...log,
        maxWaiters: shareOf(limits.waiters),
        onRefused: (code) => counters.refused(log.key.name, code),
      }),
  );
  const http = createHttpService({
    ...createLogApp({ config, logs, logger, metrics, sharing }),
    logger,
    listen: { host: listen.host, port, reusePort },
    limits: {
      maxConnections: shareOf(limits.connections),
      // Nothing moves while a submission waits for its proof.
      stallTimeoutMs: limits.wait_ms + STALL_MS,
    },
    trustProxy,
  });
  const close = async () => {
    const patience = setTimeout(() => closeWaiters(logs), DRAIN_WAIT_MS);
    await http.close();
    clearTimeout(patience);
    closeWaiters(logs);
  };
  return { logs, start: () => http.start(), close };
}

function closeWaiters(logs: readonly ServedLog[]): void {
  for (const { waiters } of logs) waiters.close();
}
