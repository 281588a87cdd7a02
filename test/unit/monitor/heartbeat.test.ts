/** That silence is never mistaken for health: heartbeats, their page for programs, and the switch. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { heartbeatSchema } from '#monitor/alerts/notice.ts';
import { reportOf } from '#monitor/heartbeat/report.ts';
import type { Status } from '#monitor/status/status.ts';
import { ConfigError } from '#service/errors.ts';
import { webhookReceiver } from '#test/support/alert-receivers.ts';
import { about, openAlerting } from '#test/support/alerting.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { HEARTBEAT } from '#test/support/notices.ts';
import { Described } from '#test/support/openapi.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

const told = (hook: { told(): readonly string[] }, event: string) =>
  hook
    .told()
    .map((body) => JSON.parse(body))
    .filter((notice) => notice.event === event);

it('tells chosen sinks at its interval what was checked, and a restart repeats nothing', async () => {
  const [team, other] = [await webhookReceiver(), await webhookReceiver()];
  const net = await startFakeNetwork();
  closing.push(net, team, other);
  const sinks = {
    team: { type: 'webhook', ...team.settings },
    other: { type: 'webhook', ...other.settings },
  };
  const clock = { nowMs: Date.now() };
  const setup = {
    policy: net.policy,
    settings: { sinks, heartbeat: { sinks: ['team'] } },
    deps: { now: () => clock.nowMs },
  };
  const first = await TestMonitor.start(setup);
  await first.verified(10);
  await eventually(async () => expect(told(team, 'heartbeat')).toHaveLength(1));
  const [{ heartbeat }] = told(team, 'heartbeat');
  expect(heartbeatSchema.parse(heartbeat)).toMatchObject({
    open_alerts: { critical: 0, warning: 0 },
    logs: [{ origin: 'log.example/test', size: 10 }],
    witnesses: [{ answering: true }, { answering: true }, { answering: true }],
    evidence: 0,
  });
  // What is not known to have been taken would be told again.
  await eventually(async () => {
    expect((await first.json('/v1/status')).sinks).toMatchObject([{ waiting: 0 }, { waiting: 0 }]);
  });
  await first.close();
  const second = await TestMonitor.start({ ...setup, folder: first.folder });
  closing.push(second);
  await second.verified(10);
  clock.nowMs += 24 * 3_600_000;
  await eventually(async () => expect(told(team, 'heartbeat')).toHaveLength(2));
  expect(told(other, 'heartbeat')).toEqual([]);
});

it('waits behind every alert, and never more than one', async () => {
  const { alerts, alerting, told, close } = openAlerting({ sinks: ['team'] });
  onTestFinished(close);
  const { outbox } = alerting.couriers[0]!;
  for (let i = 0; i < 50; i++) outbox.put(HEARTBEAT);
  alerts.apply([about.bad('witness-down', 'w1', '', 0), about.bad('log-down', '', '', 0)]);
  expect(outbox.waiting()).toHaveLength(3);
  expect(await told()).toEqual([
    'team: raised log-down',
    'team: raised witness-down',
    'team: heartbeat',
  ]);
});

it('answers 200 only when all is well and was checked, as its document says', async () => {
  const net = await startFakeNetwork();
  const watcher = await TestMonitor.start({ policy: net.policy });
  closing.push(net, watcher);
  const described = await Described.at(watcher.url);
  const answer = async (status: number) =>
    await eventually(async () => {
      const response = await watcher.get('/v1/heartbeat');
      await described.expectAnswer('GET /v1/heartbeat', response.clone() as Response);
      expect(response.status).toBe(status);
      return await response.json();
    });
  expect(await answer(200)).toMatchObject({ ok: true, unchecked: [], problems: [] });
  net.w1.down = true;
  expect(await answer(503)).toMatchObject({ ok: false, open_alerts: { warning: 1 } });
  expect(await (await watcher.get('/metrics')).text()).toContain('tecp_monitor_heartbeat_ok 0');
});

async function deadMansSwitch() {
  const made = { pings: 0, status: 200, url: '' };
  const server = createServer((request, response) => {
    if (request.url === '/ping/a-secret' && request.method === 'GET') made.pings++;
    response.writeHead(made.status).end('OK');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping/a-secret`;
  return made;
}

it('pings the switch when all is well, and only then', async () => {
  const alive = await deadMansSwitch();
  const net = await startFakeNetwork();
  const folder = tempFolder();
  writeFileSync(join(folder, 'ping-url'), `${alive.url}\n`, { mode: 0o600 });
  const settings = {
    heartbeat: { ping: { url_file: 'ping-url', every_ms: 50 } },
  };
  const watcher = await TestMonitor.start({ policy: net.policy, folder, settings });
  closing.push(net, watcher);
  await eventually(async () => expect(alive.pings).toBeGreaterThan(2));
  net.w1.down = true;
  const alert = await watcher.raised('witness-down');
  // One may have been on its way when the alert was raised.
  const before = alive.pings;
  net.w2.down = true;
  await watcher.raised('witness-down', 'w2');
  net.w1.down = false;
  await watcher.resolved(alert);
  expect(alive.pings).toBeLessThanOrEqual(before + 1);
  net.w2.down = false;
  await eventually(async () => expect(alive.pings).toBeGreaterThan(before + 2));
});

it('says that the switch does not take its pings, without its address', async () => {
  const alive = await deadMansSwitch();
  alive.status = 404;
  const net = await startFakeNetwork();
  const folder = tempFolder();
  writeFileSync(join(folder, 'ping-url'), alive.url, { mode: 0o600 });
  const heartbeat = { ping: { url_file: 'ping-url', every_ms: 50 } };
  const watcher = await TestMonitor.start({ policy: net.policy, folder, settings: { heartbeat } });
  closing.push(net, watcher);
  await eventually(async () => {
    expect((await watcher.json('/v1/heartbeat')).ping).toEqual({ failure: 'status 404' });
  });
});

it('is configured with sinks that there are, or with a ping', async () => {
  const start = (heartbeat: object) =>
    TestMonitor.start({ policy: 'quorum none\n', settings: { heartbeat } });
  await expect(start({})).rejects.toThrow(/expected sinks or a ping/);
  const net = await startFakeNetwork();
  closing.push(net);
  const settings = { heartbeat: { sinks: ['nobody'] } };
  await expect(TestMonitor.start({ policy: net.policy, settings })).rejects.toThrow(ConfigError);
});

it('is not well while something has not been looked at, or no longer is', () => {
  const minute = 60_000;
  const log = { origin: 'log.example/test', size: 10, verifiedSize: 10, walkedSize: 10 };
  const status = {
    ok: true,
    problems: [],
    nowMs: 100 * minute,
    startedAtMs: 0,
    logs: [{ ...log, checkedAtMs: 99 * minute }],
    witnesses: [{ name: 'w1', logs: [{ checkedAtMs: 99 * minute }] }],
    alerts: [],
    evidence: [],
  } as unknown as Status;
  const report = (changes: object) => reportOf({ ...status, ...changes } as Status, 5 * minute);
  expect(report({})).toMatchObject({ ok: true, unchecked: [] });
  const unwell = (changes: object) => {
    const { ok, unchecked } = report(changes);
    expect(ok).toBe(false);
    return unchecked;
  };
  expect(unwell({ logs: [log] })).toEqual(['log.example/test has given no good answer yet.']);
  expect(unwell({ nowMs: 120 * minute })).toEqual([
    'log.example/test has given no good answer for 21 min.',
    'w1 has given no good answer for 21 min.',
  ]);
  const fresh = { ...log, checkedAtMs: 99 * minute, verifiedSize: 0 };
  expect(unwell({ logs: [fresh] })).toEqual(['No entry of log.example/test has been checked yet.']);
  expect(unwell({ witnesses: [{ name: 'w1', logs: [{}] }] })).toEqual([
    'w1 has given no good answer yet.',
  ]);
});
