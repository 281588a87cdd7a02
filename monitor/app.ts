/**
 * The monitor over HTTP: alerts, status, evidence, and the page for people. Read only.
 */
import type { Context } from 'hono';
import { printableLines } from '#protocol/printable.ts';
import { createApp, limitRate, readCors, type ServiceApp, type ServiceEnv } from '#service/app.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { HttpProblem } from '#service/problem.ts';
import { queryParam } from '#service/query.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import type { Alerts } from './alerts/alerts.ts';
import { alertJson, evidenceJson } from './status/json.ts';
import type { Status } from './status/status.ts';
import { statusJson } from './status/status-json.ts';
import { renderStatusPage, STATUS_PAGE_CSP } from './status/status-page.ts';
import type { MonitorState } from './store/state.ts';

export interface MonitorAppOptions {
  readonly alerts: Alerts;
  readonly state: MonitorState;
  readonly status: () => Status;
  /** What `/readyz` asks, by name. */
  readonly readiness: Readonly<Record<string, () => string | undefined>>;
  readonly metrics: Metrics;
  /** Take a client's address from the last X-Forwarded-For entry. */
  readonly trustProxy: boolean;
  readonly logger: Logger;
}

/** For each client address: far above what people and scripts that read alerts need. */
const REQUESTS_PER_SECOND = 100;
const BURST = 400;
const DEFAULT_PAGE = 100;
const MAX_PAGE = 500;

export function createMonitorApp(options: MonitorAppOptions): ServiceApp {
  const { alerts, state, status, metrics, readiness, trustProxy, logger } = options;
  const app = createApp({ logger, metrics, readiness, trustProxy });
  const limiter = new RateLimiter({ ratePerSecond: REQUESTS_PER_SECOND, burst: BURST });
  const limited = limitRate(limiter, trustProxy);
  for (const path of ['/v1/*', '/evidence', '/evidence/*']) app.use(path, readCors, limited);
  app.use('/', limited);

  app.get('/', async (c) => {
    c.header('content-security-policy', STATUS_PAGE_CSP);
    c.header('referrer-policy', 'no-referrer');
    c.header('cache-control', 'no-store');
    return c.html(printableLines(String(await renderStatusPage(status()))));
  });
  app.get('/v1/status', (c) => {
    c.header('cache-control', 'no-store');
    return c.json(statusJson(status()));
  });
  app.get('/v1/alerts', (c) => {
    c.header('cache-control', 'no-store');
    return c.json(alertPage(c, alerts));
  });
  app.get('/evidence', (c) => {
    c.header('cache-control', 'no-cache');
    return c.json(state.evidence().map(evidenceJson));
  });
  app.get('/evidence/:id', (c) => {
    const id = c.req.param('id');
    const bytes = state.evidenceBytes(id);
    if (bytes === undefined) throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
    return c.body(new Uint8Array(bytes), 200, {
      'content-type': 'application/json',
      'content-disposition': `inline; filename="evidence-${id.slice(0, 16)}.json"`,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
  return app;
}

function alertPage(c: Context<ServiceEnv>, alerts: Alerts) {
  const state = queryParam(c, 'state') ?? 'open';
  if (state !== 'open' && state !== 'all') {
    throw new HttpProblem(400, 'bad-request', 'Expected open or all.', { field: 'state' });
  }
  const limit = positiveParam(c, 'limit', DEFAULT_PAGE);
  if (limit > MAX_PAGE) {
    throw new HttpProblem(400, 'bad-request', `At most ${MAX_PAGE} a page.`, { field: 'limit' });
  }
  const before = positiveParam(c, 'before', Number.MAX_SAFE_INTEGER);
  const page = alerts.page({ openOnly: state === 'open', before, limit });
  const last = page.length === limit ? page.at(-1) : undefined;
  return { alerts: page.map(alertJson), ...(last && { next_before: last.id }) };
}

function positiveParam(c: Context<ServiceEnv>, name: string, fallback: number): number {
  const text = queryParam(c, name);
  if (text === undefined) return fallback;
  if (!/^[1-9][0-9]{0,14}$/.test(text)) {
    throw new HttpProblem(400, 'bad-request', 'Expected a positive integer.', { field: name });
  }
  return Number(text);
}
