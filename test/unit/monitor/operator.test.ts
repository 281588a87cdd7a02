/** Commands of an operator to a monitor that runs: over its socket, with effect at once. */
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { askOperator, operatorSocketPath } from '#service/operator.ts';
import { webhookReceiver } from '#test/support/alert-receivers.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

async function start() {
  const net = await startFakeNetwork();
  const hooks = { day: await webhookReceiver(), night: await webhookReceiver() };
  const sinks = Object.fromEntries(
    Object.entries(hooks).map(([name, { settings }]) => [name, { type: 'webhook', ...settings }]),
  );
  const settings = { sinks, public_url: 'https://monitor.example.org' };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(net, hooks.day, hooks.night, watcher);
  const socket = operatorSocketPath(join(watcher.folder, 'monitor.db'));
  const post = (path: string, body: object) => askOperator(socket, { method: 'POST', path, body });
  return {
    net,
    hooks,
    watcher,
    post,
    get: (path: string) => askOperator(socket, { method: 'GET', path }),
  };
}

it('an operator acknowledges, silences and lists, and the API tells everybody', async () => {
  const { net, watcher, post, get, hooks } = await start();
  net.w1.down = true;
  const { id } = await watcher.raised('witness-down');
  // What is done before a sink has heard of the alert is told with it, and not by itself.
  await eventually(async () => {
    const metrics = await (await watcher.get('/metrics')).text();
    expect(metrics).toContain('tecp_monitor_sink_waiting{sink="day"} 0');
  });
  const act = { by: 'ada', note: 'on it' };
  expect(await post(`/alerts/${id}/acknowledge`, act)).toMatchObject({ status: 200 });
  const silence = { ...act, kind: 'witness-*', for_ms: 3_600_000 };
  const { json } = (await post('/silences', silence))!;
  expect(json).toMatchObject({ id: 1, kind: 'witness-*', origin: '*', made: { by: 'ada' } });
  const shown = (await watcher.alerts()).find((alert) => alert.id === id);
  expect(shown).toMatchObject({ acknowledged: { by: 'ada', note: 'on it' } });
  expect(shown).toHaveProperty('silenced_until');
  const listed = (await get('/alerts'))!.json as { alerts: { id: number }[] };
  expect(listed.alerts.map((alert) => alert.id)).toContain(id);
  expect(await post('/silences/1/end', act)).toMatchObject({ status: 200 });
  expect((await get('/silences'))!.json).toEqual({ silences: [] });
  await eventually(async () => {
    const events = hooks.day.told().map((body) => JSON.parse(body));
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'acknowledged', monitor: 'https://monitor.example.org' }),
    );
  });
});

it('refuses what makes no sense, and says why', async () => {
  const { net, watcher, post } = await start();
  const act = { by: 'ada', note: 'why' };
  const refused = async (path: string, body: object) => {
    const { status, json } = (await post(path, body))!;
    return [status, (json as { code: string }).code];
  };
  expect(await refused('/alerts/99/acknowledge', act)).toEqual([404, 'not-found']);
  expect(await refused('/alerts/x/resolve', act)).toEqual([404, 'not-found']);
  expect(await refused('/silences/7/end', act)).toEqual([404, 'not-found']);
  const month = { ...act, for_ms: 31 * 24 * 3_600_000 };
  expect(await refused('/silences', month)).toEqual([400, 'bad-request']);
  expect(await refused('/silences', { ...act, for_ms: 1000, kind: 'none' })).toEqual([
    400,
    'bad-request',
  ]);
  expect(await refused('/test-alert', { sink: 'none' })).toEqual([404, 'not-found']);
  net.w1.down = true;
  const alert = await watcher.raised('witness-down');
  const path = `/alerts/${alert.id}`;
  expect(await refused(`${path}/acknowledge`, { by: 'a\nb', note: '' })).toEqual([
    400,
    'bad-request',
  ]);
  expect(await refused(`${path}/resolve`, act)).toEqual([409, 'still-so']);
  expect(await refused(`${path}/resolve`, { ...act, note: '' })).toEqual([400, 'bad-request']);
  net.w1.down = false;
  await watcher.resolved(alert);
  expect(await refused(`${path}/acknowledge`, act)).toEqual([409, 'resolved']);
});

it('a test passes what waits, through every sink or one, and says what became of it', async () => {
  const { hooks, post } = await start();
  hooks.night.mode = { kind: 'away' };
  const both = (await post('/test-alert', {}))!.json;
  expect(both).toMatchObject({
    sinks: [
      { sink: 'day', outcome: 'taken' },
      { sink: 'night', outcome: 'away', reason: 'status 503' },
    ],
  });
  expect(JSON.parse(hooks.day.told()[0]!)).toMatchObject({ event: 'test', sink: 'day' });
  hooks.night.mode = { kind: 'refuses', text: 'This is a test' };
  const one = (await post('/test-alert', { sink: 'night' }))!.json;
  expect(one).toMatchObject({ sinks: [{ sink: 'night', outcome: 'refused' }] });
  expect(hooks.day.told()).toHaveLength(1);
});
