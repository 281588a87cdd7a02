/**
 * A real message through every sink, past its queue, to see whether it arrives: by the very process
 * that will tell of alerts, with its settings, its rights and its network.
 */
import { randomUUID } from 'node:crypto';
import type { Hono } from 'hono';
import { z } from 'zod';
import { readCommand } from '#service/operator.ts';
import { HttpProblem } from '#service/problem.ts';
import type { Alerting } from '../alerts/alerting.ts';
import type { Courier } from '../alerts/courier.ts';
import { encodeNotice, type Notice } from '../alerts/notice.ts';
import type { Outcome } from '../alerts/sinks/sink.ts';

export interface TestedSink {
  readonly sink: string;
  readonly outcome: Outcome['kind'];
  readonly reason?: string;
  readonly ms: number;
}

const TEXT =
  'This is a test: nothing is wrong. An operator asked the monitor to try this way of telling of ' +
  'alerts. If it woke you, that is how an alert would.';
const PATIENCE_MS = 110_000;

const commandSchema = z.strictObject({ sink: z.string().optional() });

export function addTestRoute(app: Hono, alerting: Alerting, now: () => number): void {
  app.post('/test-alert', async (c) => {
    const { sink } = await readCommand(c, commandSchema);
    const couriers = alerting.couriers.filter(({ name }) => (sink ?? name) === name);
    if (sink !== undefined && couriers.length === 0) {
      throw new HttpProblem(404, 'not-found', `There is no sink ${sink}.`);
    }
    const from = alerting.publicUrl === undefined ? {} : { monitor: alerting.publicUrl };
    const tested = couriers.map((courier) => tryOne(courier, now(), from));
    return c.json({ sinks: await Promise.all(tested) });
  });
}

async function tryOne(courier: Courier, at: number, from: object): Promise<TestedSink> {
  const { name } = courier;
  const notice: Notice = { event: 'test', at, sink: name, text: TEXT, ...from };
  const message = { id: `test-${randomUUID()}`, body: encodeNotice(notice), notice };
  const startedMs = performance.now();
  const outcome = await bring(courier, message);
  const reason = outcome.kind === 'taken' ? {} : { reason: outcome.reason };
  const ms = Math.round(performance.now() - startedMs);
  return { sink: name, outcome: outcome.kind, ...reason, ms };
}

async function bring(courier: Courier, message: Parameters<Courier['bring']>[0]): Promise<Outcome> {
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  try {
    return await courier.bring(message, timeout);
  } catch (error) {
    if (!timeout.aborted) throw error;
    return { kind: 'away', reason: 'timeout', retryAfterMs: 0 };
  }
}
