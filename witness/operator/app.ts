/**
 * What an operator may tell a witness while it runs, and what they may ask. The same application
 * serves a command when nothing runs (`offline.ts`), so each command means one thing.
 */
import type { Hono } from 'hono';
import { createOperatorApp } from '#service/operator.ts';
import { addKeyRoutes } from './keys.ts';
import { addLogRoutes } from './logs.ts';
import type { OperatorParts } from './parts.ts';
import { addStateRoutes } from './state.ts';

export function createWitnessOperatorApp(parts: OperatorParts): Hono {
  const app = createOperatorApp(parts.logger);
  addLogRoutes(app, parts);
  addKeyRoutes(app, parts);
  addStateRoutes(app, parts);
  return app;
}
