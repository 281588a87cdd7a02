/** Silences as an operator makes, sees and ends them. */
import type { Hono } from 'hono';
import { z } from 'zod';
import type { Logger } from '#service/logging.ts';
import { readCommand } from '#service/operator.ts';
import { HttpProblem } from '#service/problem.ts';
import { actJson } from '../alerts/alert-json.ts';
import type { Alerting } from '../alerts/alerting.ts';
import { MAX_SILENCE_MS, MAX_SILENCES, type Silence } from '../alerts/silences.ts';
import { ALERT_KINDS } from '../judge/alert-kinds.ts';
import { actKeys, actSchema } from './act.ts';

export interface SilenceJson {
  readonly id: number;
  readonly kind: string;
  readonly origin: string;
  readonly subject: string;
  readonly until: number;
  /** For critical alerts it ends no later than this. */
  readonly critical_until: number;
  readonly made: { readonly by: string; readonly note: string; readonly at: number };
}

const pattern = (maximum: number) => z.string().max(maximum).default('*');
const kindPattern = pattern(100).refine(
  (kind) => kind.includes('*') || Object.hasOwn(ALERT_KINDS, kind),
  'there is no such kind of alert',
);

const silenceSchema = z.strictObject({
  ...actKeys,
  kind: kindPattern,
  origin: pattern(1000),
  subject: pattern(1000),
  for_ms: z
    .int()
    .min(1000, 'expected at least a second')
    .max(MAX_SILENCE_MS.warning, 'expected at most 30 days'),
});

interface Parts {
  readonly alerting: Alerting;
  readonly logger: Logger;
  readonly now: () => number;
}

export function addSilenceRoutes(app: Hono, { alerting, logger, now }: Parts): void {
  const { silences } = alerting;

  app.get('/silences', (c) => c.json({ silences: silences.active(now()).map(silenceJson) }));
  app.post('/silences', async (c) => {
    const { by, note, for_ms: forMs, ...match } = await readCommand(c, silenceSchema);
    const atMs = now();
    const made = silences.add(match, { by, note, atMs }, atMs + forMs);
    if (made === undefined) {
      const detail = `There are ${MAX_SILENCES} silences; end one of them first.`;
      throw new HttpProblem(409, 'too-many', detail);
    }
    logger.warn({ ...silenceJson(made) }, 'the operator silenced alerts');
    return c.json(silenceJson(made));
  });
  app.post('/silences/:id/end', async (c) => {
    const id = c.req.param('id');
    const act = { ...(await readCommand(c, actSchema)), atMs: now() };
    const ended = /^[1-9]\d{0,14}$/.test(id) ? silences.end(Number(id), act) : undefined;
    if (ended === undefined) {
      throw new HttpProblem(404, 'not-found', `There is no silence ${id} that counts.`);
    }
    logger.warn({ silence: id, by: act.by, note: act.note }, 'the operator ended a silence');
    return c.json(silenceJson(ended));
  });
}

function silenceJson({ id, kind, origin, subject, untilMs, made }: Silence): SilenceJson {
  const criticalUntilMs = Math.min(untilMs, made.atMs + MAX_SILENCE_MS.critical);
  const times = { until: untilMs, critical_until: criticalUntilMs };
  return { id, kind, origin, subject, ...times, made: actJson(made) };
}
