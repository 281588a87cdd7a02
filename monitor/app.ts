/**
 * The monitor over HTTP: alerts, status, evidence, the page for people, and gossip.
 */
import { createApp, limitRate, readCors, type ServiceApp } from '#service/app.ts';
import { answerEvents, type EventStreams } from '#service/event-streams.ts';
import { addEvidencePages } from '#service/evidence/page-routes.ts';
import { addEvidenceRoutes } from '#service/evidence/routes.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { serveDocument } from '#service/openapi.ts';
import { answerPage } from '#service/page/page.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import { alertPageJson } from './alerts/alert-json.ts';
import type { Alerts } from './alerts/alerts.ts';
import {
  alertsRoute,
  eventsRoute,
  heartbeatRoute,
  historyRoute,
  MONITOR_DOCUMENT,
  pageRoute,
  sloRoute,
  statusRoute,
} from './api.ts';
import { sloJson } from './canary/slo-json.ts';
import type { GossipDesk } from './gossip/desk.ts';
import { addGossipRoutes } from './gossip/routes.ts';
import type { Heartbeat } from './heartbeat/heartbeat.ts';
import { HISTORY_PAGE_SIZE, historyPage } from './status/history-page.ts';
import type { Status } from './status/status.ts';
import { statusJson } from './status/status-json.ts';
import { statusPage } from './status/status-page.ts';
import type { MonitorState } from './store/state.ts';

export interface MonitorAppOptions {
  readonly alerts: Alerts;
  readonly state: MonitorState;
  readonly gossip: GossipDesk;
  readonly health: StorageHealth;
  readonly status: () => Status;
  readonly heartbeat: Heartbeat;
  readonly events: EventStreams;
  /** What `/readyz` asks, by name. */
  readonly readiness: Readonly<Record<string, () => string | undefined>>;
  readonly metrics: Metrics;
  /** Whether `/metrics` is served on another listener, and not here. */
  readonly metricsElsewhere: boolean;
  /** Take a client's address from the last X-Forwarded-For entry. */
  readonly trustProxy: boolean;
  /** URL prefix of an explorer of the same logs. */
  readonly explorer: string | undefined;
  readonly logger: Logger;
}

/** For each client address: far above what people and scripts that read alerts need. */
const REQUESTS_PER_SECOND = 100;
const BURST = 400;

export function createMonitorApp(options: MonitorAppOptions): ServiceApp {
  const { alerts, state, status, events, metrics, readiness, trustProxy, logger, health } = options;
  const { metricsElsewhere } = options;
  const toProblem = health.problemOf;
  const app = createApp({ logger, metrics, metricsElsewhere, readiness, trustProxy, toProblem });
  // Before the limits of all other paths, as it has its own.
  addGossipRoutes(app, options.gossip, trustProxy);
  const limiter = new RateLimiter({ ratePerSecond: REQUESTS_PER_SECOND, burst: BURST });
  const limited = limitRate(limiter, trustProxy);
  for (const path of ['/v1/*', '/openapi.json']) app.use(path, readCors, limited);
  for (const path of ['/', '/history']) app.use(path, limited);

  app.openapi(pageRoute, (c) => answerPage(c, statusPage(status(), options.explorer)));
  app.openapi(historyRoute, (c) => {
    const { before } = c.req.valid('query');
    const newest = { openOnly: false, before: before ?? Number.MAX_SAFE_INTEGER };
    const page = alerts.page({ ...newest, limit: HISTORY_PAGE_SIZE + 1 });
    return answerPage(c, historyPage(page, before, status().nowMs));
  });
  app.openapi(statusRoute, (c) => {
    c.header('cache-control', 'no-store');
    return c.json(statusJson(status()));
  });
  app.openapi(sloRoute, (c) => {
    c.header('cache-control', 'no-store');
    return c.json({ logs: status().canaries.map(sloJson) });
  });
  app.openapi(heartbeatRoute, (c) => {
    c.header('cache-control', 'no-store');
    const report = options.heartbeat.report();
    return c.json(report, report.ok ? 200 : 503);
  });
  app.openapi(eventsRoute, (c) => answerEvents(c, events, trustProxy));
  app.openapi(alertsRoute, (c) => {
    c.header('cache-control', 'no-store');
    const { state: which, limit, before = Number.MAX_SAFE_INTEGER } = c.req.valid('query');
    const page = alerts.page({ openOnly: which === 'open', before, limit });
    return c.json(alertPageJson(page, limit));
  });
  addEvidenceRoutes(app, state.evidence, limited);
  addEvidencePages(app, state.evidence, limited);
  serveDocument(app, MONITOR_DOCUMENT);
  return app;
}
