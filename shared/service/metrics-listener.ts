/**
 * Metrics on a listener of their own, if the configuration says so: for who scrapes, and for nobody who
 * reaches the server's public address.
 */
import { createApp } from './app.ts';
import { createHttpService } from './http.ts';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';

export interface MetricsListenerOptions {
  /** Where; undefined for nowhere, as then the server itself serves them. */
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** A taken port or address is a `ConfigError`. */
export async function startMetricsListener(
  options: MetricsListenerOptions,
): Promise<{ close(): Promise<void> }> {
  const { listen, metrics, logger } = options;
  if (listen === undefined) return { close: async () => undefined };
  const app = createApp({ logger, metrics, trustProxy: false });
  const http = createHttpService({ app, logger, listen, trustProxy: false });
  const { url } = await http.start();
  logger.info({ url: `${url}/metrics` }, 'metrics');
  return http;
}
