/**
 * Metrics on a listener of their own, if the configuration says so: for who scrapes, and for nobody who
 * reaches the server's public address.
 */
import { createApp } from './app.ts';
import { createHttpService, type HttpService } from './http.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsListenerOptions {
  /** Where; undefined for nowhere, as then the server itself serves them. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface Listeners {
  /** Of the server. */
  readonly url: string;
  close(): Promise<void>;
}

/** An `HttpService`, or whatever else is started and closed as one. */
type Startable = Pick<HttpService, 'close'> & { start(): Promise<{ readonly url: string }> };

/**
 * Starts a server and the listener of its metrics: both, or neither, as a process that listens does not
 * end. A taken port or address is a `ConfigError`.
 */
export async function startListeners(
  http: Startable,
  options: MetricsListenerOptions,
): Promise<Listeners> {
  const { url } = await http.start();
  try {
    const metricsHttp = await startMetricsListener(options);
    const close = async () => void (await Promise.all([http.close(), metricsHttp?.close()]));
    return { url, close };
  } catch (error) {
    await http.close();
    throw error;
  }
}

async function startMetricsListener(
  options: MetricsListenerOptions,
): Promise<HttpService | undefined> {
  const { listen, metrics, logger } = options;
  if (listen === undefined) return undefined;
  const app = createApp({ logger, metrics, trustProxy: false });
  const http = createHttpService({ app, logger, listen, trustProxy: false });
  const { url } = await http.start();
  logger.info({ url: `${url}/metrics` }, 'metrics');
  return http;
}
