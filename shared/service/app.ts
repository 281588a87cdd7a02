/**
 * The Hono application that every server starts from.
 *
 * It gives each request an id, measures it, turns every error into `application/problem+json`
 * without inner details, and answers `/healthz`, `/readyz` and `/metrics`. It runs under
 * `createHttpService`, on Node's own request and response.
 */
import { randomUUID } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { HttpProblem, problemResponse } from './problem.ts';
import { monotonicMs } from './schedule.ts';

/** Types of a handler's context: `c.env.incoming` is the Node request, `c.var.requestId` its id. */
export interface ServiceEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}
export type ServiceApp = Hono<ServiceEnv>;
export type ServiceContext = Context<ServiceEnv>;

/** Nothing when the service can do its job in this respect, or the reason why it cannot. */
export type ReadinessCheck = () => string | undefined | Promise<string | undefined>;

export interface AppOptions {
  logger: Logger;
  metrics: Metrics;
  /** What `/readyz` asks, by name. Ready when every check has nothing to say. */
  readiness?: Readonly<Record<string, ReadinessCheck>>;
  /** Says which answer a service's own error is; nothing for errors that are failures of ours. */
  toProblem?: (error: unknown) => HttpProblem | undefined;
}

export function createApp(options: AppOptions): ServiceApp {
  const { logger, metrics } = options;
  const app: ServiceApp = new Hono<ServiceEnv>();

  app.use(async (c, next) => {
    const startedMs = monotonicMs();
    const requestId = requestIdOf(c.req.header('x-request-id'));
    c.set('requestId', requestId);
    // On Node's response, as making a Headers object for it costs 10 of 60 microseconds.
    c.env.outgoing.setHeader('x-request-id', requestId);
    await next();
    const seconds = (monotonicMs() - startedMs) / 1000;
    // Index -1 is the last matched route: the handler's own pattern.
    metrics.observeRequest(c.req.method, routePath(c, -1), c.res.status, seconds);
  });

  app.onError((error, c) => {
    const problem = error instanceof HttpProblem ? error : options.toProblem?.(error);
    const requestId = c.get('requestId');
    if (problem === undefined) {
      logger.error({ err: error, requestId, method: c.req.method, path: c.req.path }, 'failed');
      return problemResponse(new HttpProblem(500, 'internal', `Internal error ${requestId}.`));
    }
    logger.debug(
      { requestId, status: problem.status, code: problem.code, err: problem },
      'refused',
    );
    return problemResponse(problem);
  });
  app.notFound(() => problemResponse(new HttpProblem(404, 'not-found', 'There is nothing here.')));

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/readyz', async (c) => {
    const reasons = await unmetChecks(options.readiness ?? {}, logger);
    c.header('cache-control', 'no-store');
    const ready = Object.keys(reasons).length === 0;
    return ready ? c.json({ ready }) : c.json({ ready, reasons }, 503);
  });
  app.get('/metrics', async (c) => {
    return c.body(await metrics.text(), 200, { 'content-type': metrics.registry.contentType });
  });
  return app;
}

/**
 * For routes that anybody's page may read: `app.use('/tile/*', readCors)`. Comes before whatever may
 * refuse, so that a page can read the refusal, too.
 *
 * Sets its headers on Node's response: hono's own middleware makes a Headers object of each answer,
 * which took two thirds of the time of a tile read.
 */
export const readCors: MiddlewareHandler<ServiceEnv> = async (c, next) => {
  const { incoming, outgoing } = c.env;
  outgoing.setHeader('access-control-allow-origin', '*');
  outgoing.setHeader('access-control-expose-headers', 'ETag,Retry-After,X-Request-Id');
  if (incoming.method !== 'OPTIONS') return await next();
  outgoing.setHeader('access-control-allow-methods', 'GET,HEAD,OPTIONS');
  outgoing.setHeader('access-control-max-age', '86400');
  const wanted = incoming.headers['access-control-request-headers'];
  if (wanted !== undefined) outgoing.setHeader('access-control-allow-headers', wanted);
  return c.body(null, 204);
};

/** The client's own id if it is short and harmless in a log, else a fresh one. */
function requestIdOf(proposed: string | undefined): string {
  if (proposed !== undefined && /^[A-Za-z0-9._:/+=-]{1,64}$/.test(proposed)) return proposed;
  return randomUUID();
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
