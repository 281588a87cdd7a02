/**
 * The Hono application that every server starts from.
 *
 * It gives each request an id, measures it, turns every error into `application/problem+json`
 * without inner details, and answers `/healthz`, `/readyz`, `/metrics` and what has no route. It
 * limits what it answers by itself. It runs under `createHttpService`, on Node's own request and
 * response.
 */
import type { IncomingMessage } from 'node:http';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { METHOD_NAME_ALL } from 'hono/router';
import type { Logger } from './logging.ts';
import type { Metrics } from './metrics.ts';
import { type DescribedRoutes, describedRoutes, type z } from './openapi.ts';
import { HttpProblem, problemResponse } from './problem.ts';
import { addProcessRoutes, type ReadinessCheck } from './process-routes.ts';
import { checkRate, RateLimiter } from './rate-limit.ts';
import { hasOneHost, RequestFrame } from './request-frame.ts';
import { monotonicMs } from './schedule.ts';
import type { ServiceContext, ServiceEnv } from './service-env.ts';

export type { ServiceContext, ServiceEnv };
export type ServiceApp = DescribedRoutes;

export interface AppOptions {
  logger: Logger;
  metrics: Metrics;
  /** Whether `/metrics` is served on another listener, and not here. */
  metricsElsewhere?: boolean;
  /** What `/readyz` asks, by name. Ready when every check has nothing to say. */
  readiness?: Readonly<Record<string, ReadinessCheck>>;
  /** Says which answer a service's own error is; nothing for errors that are failures of ours. */
  toProblem?: (error: unknown) => HttpProblem | undefined;
  /** Take a client's address from the last X-Forwarded-For entry. */
  trustProxy: boolean;
  /** Further members of the problem documents that the application answers, for its description. */
  problemMembers?: z.ZodRawShape;
}

/** For each client, of the costs below: far more than probes, scrapes and mistaken paths come to. */
const OWN_RATE = { ratePerSecond: 200, burst: 1000 };

export function createApp(options: AppOptions): ServiceApp {
  const { logger, metrics, trustProxy } = options;
  const app = describedRoutes(options.problemMembers);
  const frame = new RequestFrame(options);
  const limiter = new RateLimiter(OWN_RATE);

  app.use(async (c, next) => {
    const startedMs = monotonicMs();
    const { incoming, outgoing } = c.env;
    const requestId = frame.idOf(incoming);
    c.set('requestId', requestId);
    // On Node's response, as making a Headers object for it costs 10 of 60 microseconds.
    outgoing.setHeader('x-request-id', requestId);
    if (!hasOneHost(incoming)) {
      throw new HttpProblem(400, 'bad-request', 'Expected one Host header.', { field: 'host' });
    }
    await next();
    if (c.req.method === 'HEAD') await tellLength(c);
    const seconds = (monotonicMs() - startedMs) / 1000;
    // The pattern of whatever ran last: the handler, or what refused before it.
    frame.end(c.req.method, routePath(c), c.res.status, seconds);
  });

  app.onError((error, c) => {
    const { method, path } = c.req;
    return problemResponse(frame.problemOf(error, c.get('requestId'), method, path));
  });
  app.notFound((c) => {
    checkRate(limiter, c.env.incoming, trustProxy);
    const allowed = allowedMethods(app, c.req.path);
    if (allowed.length === 0) {
      return problemResponse(new HttpProblem(404, 'not-found', 'There is nothing here.'));
    }
    c.env.outgoing.setHeader('allow', allowed.join(', '));
    const detail = `Expected ${allowed.join(' or ')}.`;
    return problemResponse(new HttpProblem(405, 'method-not-allowed', detail));
  });

  const limited = (cost: number) => limitRate(limiter, trustProxy, () => cost);
  const served = options.metricsElsewhere === true ? undefined : metrics;
  addProcessRoutes(app, {
    logger,
    metrics: served,
    readiness: options.readiness ?? {},
    limited,
  });
  return app;
}

/** Takes what each request costs out of its client's bucket, before what comes after this. */
export function limitRate(
  limiter: RateLimiter,
  trustProxy: boolean,
  costOf: (incoming: IncomingMessage) => number = () => 1,
): MiddlewareHandler<ServiceEnv> {
  return async (c, next) => {
    const { incoming } = c.env;
    checkRate(limiter, incoming, trustProxy, costOf(incoming));
    await next();
  };
}

/** Headers of an answer that pages of every site may read. */
export const ANY_PAGE: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag,Retry-After,X-Request-Id',
};

/** For routes that anybody's page may read: `app.use('/tile/*', readCors)`. */
export const readCors = corsOf('GET,HEAD,OPTIONS');
/** For routes that anybody's page may send something to. */
export const postCors = corsOf('POST,OPTIONS');

/**
 * Comes before whatever may refuse, so that a page can read the refusal, too.
 *
 * Sets its headers on Node's response: hono's own middleware makes a Headers object of each answer,
 * which took two thirds of the time of a tile read.
 */
function corsOf(methods: string): MiddlewareHandler<ServiceEnv> {
  return async (c, next) => {
    const { incoming, outgoing } = c.env;
    for (const name in ANY_PAGE) outgoing.setHeader(name, ANY_PAGE[name]!);
    if (incoming.method !== 'OPTIONS') return await next();
    outgoing.setHeader('access-control-allow-methods', methods);
    outgoing.setHeader('access-control-max-age', '86400');
    const wanted = incoming.headers['access-control-request-headers'];
    if (wanted !== undefined) outgoing.setHeader('access-control-allow-headers', wanted);
    return c.body(null, 204);
  };
}

/** Content-Length of the answer that GET would get. Hono leaves the body away, and its length. */
async function tellLength(c: ServiceContext): Promise<void> {
  if (c.res.body === null) return;
  const { byteLength } = await c.res.arrayBuffer();
  c.res.headers.set('content-length', String(byteLength));
}

/** Methods that have a handler at this path; none where there is nothing for any. */
function allowedMethods(app: ServiceApp, path: string): string[] {
  const methods = new Set(app.routes.map(({ method }) => method));
  // Under this name is what runs for all methods: middleware.
  methods.delete(METHOD_NAME_ALL);
  const allowed = [...methods].filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  return allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed;
}
