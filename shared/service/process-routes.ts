/** What every process tells of itself: `/healthz`, `/readyz`, `/metrics`. */
import type { MiddlewareHandler } from 'hono';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import {
  answer,
  answers,
  createRoute,
  type DescribedRoutes,
  TEXT,
  TOO_MANY,
  z,
} from './openapi.ts';
import { atMostEvery } from './schedule.ts';
import type { ServiceEnv } from './service-env.ts';

const HEALTH_COST = 0.125;
const METRICS_COST = 10;
/** Rendering takes milliseconds, and a scrape more or less often than this tells nothing new. */
const METRICS_AGE_MS = 1000;

const shared = { tags: ['process'], servers: [{ url: '/' }] };
const healthSchema = z.strictObject({ status: z.literal('ok') });
const readinessSchema = z.strictObject({
  ready: z.boolean(),
  reasons: z
    .record(z.string(), z.string())
    .optional()
    .openapi({ description: 'By name: what cannot do its job, and why.' }),
});

const healthRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/healthz',
  summary: 'Whether the process is alive',
  responses: answers({
    200: answer('It is.', { 'application/json': healthSchema }),
    429: TOO_MANY,
  }),
});
const readinessRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/readyz',
  summary: 'Whether the process can do its job',
  responses: answers({
    200: answer('It can.', { 'application/json': readinessSchema }),
    429: TOO_MANY,
    503: answer('It cannot; the reasons say why.', { 'application/json': readinessSchema }),
  }),
});
const metricsRoute = createRoute({
  ...shared,
  method: 'get',
  path: '/metrics',
  summary: 'Metrics for Prometheus',
  responses: answers({
    200: answer('Metrics.', { 'text/plain; version=0.0.4; charset=utf-8': TEXT }),
    429: TOO_MANY,
  }),
});

/** For a document of routes that are mounted elsewhere in the process. */
export const PROCESS_ROUTES = [healthRoute, readinessRoute, metricsRoute];
export const PROCESS_TAG = { name: 'process', description: 'State of the server process.' };

/** Nothing when the service can do its job in this respect, or the reason why it cannot. */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

export interface ProcessRouteOptions {
  readonly logger: Logger;
  /** Undefined where they are served elsewhere. */
  readonly metrics: Metrics | undefined;
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  /** Takes what a request costs out of its client's bucket. */
  readonly limited: (cost: number) => MiddlewareHandler<ServiceEnv>;
}

export function addProcessRoutes(routes: DescribedRoutes, options: ProcessRouteOptions): void {
  const { logger, metrics, readiness, limited } = options;
  routes.openapi({ ...healthRoute, middleware: limited(HEALTH_COST) }, (c) =>
    c.json({ status: 'ok' }),
  );
  routes.openapi({ ...readinessRoute, middleware: limited(1) }, async (c) => {
    const reasons = await unmetChecks(readiness, logger);
    c.header('cache-control', 'no-store');
    const ready = Object.keys(reasons).length === 0;
    return ready ? c.json({ ready }) : c.json({ ready, reasons }, 503);
  });
  if (metrics === undefined) return;
  const rendered = atMostEvery(METRICS_AGE_MS, () => metrics.text());
  routes.openapi({ ...metricsRoute, middleware: limited(METRICS_COST) }, async (c) =>
    c.body(await rendered(), 200, { 'content-type': metrics.registry.contentType }),
  );
}

async function unmetChecks(
  checks: Readonly<Record<string, ReadinessCheck>>,
  logger: Logger,
): Promise<Record<string, string>> {
  const reasons: Record<string, string> = {};
  for (const [name, check] of Object.entries(checks)) {
    try {
      const reason = await check();
      if (reason !== undefined) reasons[name] = reason;
    } catch (error) {
      logger.error({ err: error, check: name }, 'a readiness check failed');
      reasons[name] = 'the check itself failed';
    }
  }
  return reasons;
}
