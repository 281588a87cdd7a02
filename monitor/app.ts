/**
 * The monitor over HTTP: alerts, status, evidence, the page for people, and gossip.
 */
import { printableLines } from '#protocol/printable.ts';
import { createApp, limitRate, readCors, type ServiceApp } from '#service/app.ts';
import { addEvidenceRoutes } from '#service/evidence/routes.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { serveDocument } from '#service/openapi.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { alertPageJson } from './alerts/alert-json.ts';
import type { Alerts } from './alerts/alerts.ts';
import { alertsRoute, MONITOR_DOCUMENT, pageRoute, statusRoute } from './api.ts';
import type { GossipDesk } from './gossip/desk.ts';
import { addGossipRoutes } from './gossip/routes.ts';
import type { Status } from './status/status.ts';
import { statusJson } from './status/status-json.ts';
import { renderStatusPage, STATUS_PAGE_CSP } from './status/status-page.ts';
import type { MonitorState } from './store/state.ts';

export interface MonitorAppOptions {
  readonly alerts: Alerts;
  readonly state: MonitorState;
  readonly gossip: GossipDesk;
  readonly health: StorageHealth;
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

export function createMonitorApp(options: MonitorAppOptions): ServiceApp {
  const { alerts, state, status, metrics, readiness, trustProxy, logger, health } = options;
  const app = createApp({ logger, metrics, readiness, trustProxy, toProblem: health.problemOf });
  // Before the limits of all other paths, as it has its own.
  addGossipRoutes(app, options.gossip, trustProxy);
  const limiter = new RateLimiter({ ratePerSecond: REQUESTS_PER_SECOND, burst: BURST });
  const limited = limitRate(limiter, trustProxy);
  for (const path of ['/v1/*', '/openapi.json']) app.use(path, readCors, limited);
  app.use('/', limited);

  app.openapi(pageRoute, async (c) => {
    c.header('content-security-policy', STATUS_PAGE_CSP);
    c.header('referrer-policy', 'no-referrer');
    c.header('cache-control', 'no-store');
    return c.html(printableLines(String(await renderStatusPage(status()))));
  });
  app.openapi(statusRoute, (c) => {
    c.header('cache-control', 'no-store');
    return c.json(statusJson(status()));
  });
  app.openapi(alertsRoute, (c) => {
    c.header('cache-control', 'no-store');
    const { state: which, limit, before = Number.MAX_SAFE_INTEGER } = c.req.valid('query');
    const page = alerts.page({ openOnly: which === 'open', before, limit });
    return c.json(alertPageJson(page, limit));
  });
  addEvidenceRoutes(app, state.evidence, limited);
  serveDocument(app, MONITOR_DOCUMENT);
  return app;
}
