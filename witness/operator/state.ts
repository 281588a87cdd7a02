/** What a witness remembers: how an operator has it catch up after it was set back, and backs it up. */
import { isAbsolute } from 'node:path';
import type { Hono } from 'hono';
import { z } from 'zod';
import { ConfigError } from '#service/errors.ts';
import { readCommand } from '#service/operator.ts';
import { type CaughtUp, catchUp } from '../guard/catch-up.ts';
import type { OperatorParts } from './parts.ts';

const catchUpSchema = z.strictObject({
  origin: z.string().min(1),
  trust_database: z.boolean().default(false),
});

const backupSchema = z.strictObject({ path: z.string().refine(isAbsolute, 'not absolute') });

export function addStateRoutes(app: Hono, parts: OperatorParts): void {
  app.post('/backup', async (c) => {
    const { path } = await readCommand(c, backupSchema);
    await parts.state.backUp(path, parts.now());
    return c.json({ path, logs: parts.state.logs.all().length });
  });
  app.post('/catch-up', async (c) => {
    const { origin, trust_database: trustDatabase } = await readCommand(c, catchUpSchema);
    const { running } = parts;
    if (running === undefined) {
      throw new ConfigError('The witness does not run; start it, then have it catch up.');
    }
    const answer: CaughtUp = await catchUp(origin, { trustDatabase }, { ...parts, ...running });
    return c.json(answer);
  });
}
