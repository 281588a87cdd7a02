/** Alerts as an operator sees them: listed, acknowledged, resolved. */
import type { Hono } from 'hono';
import { readCommand } from '#service/operator.ts';
import { HttpProblem } from '#service/problem.ts';
import { alertJson, alertPageJson } from '../alerts/alert-json.ts';
import type { Alerting } from '../alerts/alerting.ts';
import { type Alert, UNSEEN_MS } from '../alerts/alerts.ts';
import { actSchema } from './act.ts';

const MAX_LISTED = 500;

export function addAlertRoutes(app: Hono, { alerts }: Alerting, now: () => number): void {
  const openAlert = (text: string): Alert => {
    const alert = /^[1-9]\d{0,14}$/.test(text) ? alerts.get(Number(text)) : undefined;
    if (alert === undefined) throw new HttpProblem(404, 'not-found', `There is no alert ${text}.`);
    if (alert.resolvedAtMs === undefined) return alert;
    throw new HttpProblem(409, 'resolved', `Alert ${text} is resolved already.`);
  };

  app.get('/alerts', (c) => {
    const openOnly = c.req.query('state') !== 'all';
    const page = alerts.page({ openOnly, before: Number.MAX_SAFE_INTEGER, limit: MAX_LISTED });
    return c.json(alertPageJson(page, MAX_LISTED));
  });
  app.post('/alerts/:id/acknowledge', async (c) => {
    const { id } = openAlert(c.req.param('id'));
    const act = { ...(await readCommand(c, actSchema)), atMs: now() };
    return c.json(alertJson(alerts.acknowledge(id, act) ?? openAlert(String(id))));
  });
  app.post('/alerts/:id/resolve', async (c) => {
    const alert = openAlert(c.req.param('id'));
    const act = { ...(await readCommand(c, actSchema)), atMs: now() };
    if (act.note === '') {
      throw new HttpProblem(400, 'bad-request', 'Say in a note why it is over.', { field: 'note' });
    }
    if (alerts.isStillSeen(alert)) {
      const seconds = UNSEEN_MS / 1000;
      const detail =
        `Alert ${alert.id} is still so: it was seen in the last ${seconds} s, and ends by itself. ` +
        'Acknowledge or silence it.';
      throw new HttpProblem(409, 'still-so', detail);
    }
    return c.json(alertJson(alerts.resolve(alert.id, act) ?? openAlert(String(alert.id))));
  });
}
