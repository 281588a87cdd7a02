/** What an operator may tell a monitor while it runs, over its socket. */
import type { Hono } from 'hono';
import type { Logger } from '#service/logging.ts';
import { createOperatorApp } from '#service/operator.ts';
import type { Alerting } from '../alerts/alerting.ts';
import { addAlertRoutes } from './alerts.ts';
import { addSilenceRoutes } from './silences.ts';
import { addTestRoute } from './test-alert.ts';

export interface OperatorParts {
  readonly alerting: Alerting;
  readonly logger: Logger;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

export function createMonitorOperatorApp(parts: OperatorParts): Hono {
  const app = createOperatorApp(parts.logger);
  addAlertRoutes(app, parts.alerting, parts.now);
  addSilenceRoutes(app, parts);
  addTestRoute(app, parts.alerting, parts.now);
  return app;
}
