/** Alerts to a webhook: delivered at least once, the gravest first, over failures and restarts. */
import { createHmac } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { alertJson } from '#monitor/alerts/alert-json.ts';
import type { Alert } from '#monitor/alerts/alerts.ts';
import { Courier } from '#monitor/alerts/courier.ts';
import { Outbox } from '#monitor/alerts/outbox.ts';
import type { Sink } from '#monitor/alerts/sinks/sink.ts';
import { webhook } from '#monitor/alerts/sinks/webhook.ts';
import { MONITOR_APPLICATION_ID, MONITOR_MIGRATIONS } from '#monitor/store/schema.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { ConfigError } from '#service/errors.ts';
import { createLogger } from '#service/logging.ts';
import { openDatabase } from '#service/sqlite.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { stopMonotonicClock } from '#test/support/monotonic-clock.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

interface Delivery {
  readonly body: string;
  readonly headers: Record<string, unknown>;
  /** How it was answered. */
  readonly status: number;
}

/** Answers with `status` and keeps what it was sent. */
async function receiver() {
  const got: Delivery[] = [];
  const made = { got, status: 204, refuses: '', url: '', close: async () => {} };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const isRefused = made.refuses !== '' && body.includes(made.refuses);
      const status = isRefused ? 400 : made.status;
      got.push({ body, headers: request.headers, status });
      response.writeHead(status, status === 429 ? { 'retry-after': '3' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  made.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  made.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  closing.push(made);
  return made;
}

const events = (got: { body: string }[]) => got.map(({ body }) => JSON.parse(body) as Told);

interface Told {
  event: string;
  changes: number;
  alert: { kind: string; id: number };
}

/** What was taken about one alert: of a message that came again, as one may, the first. */
function takenAbout({ id }: { id: number }, got: readonly Delivery[]): Delivery[] {
  const taken = got.filter(({ body, status }) => {
    return status < 300 && (JSON.parse(body) as Told).alert.id === id;
  });
  const first = new Map(taken.toReversed().map((one) => [one.headers['x-tecp-delivery'], one]));
  return taken.filter((one) => first.get(one.headers['x-tecp-delivery']) === one);
}

/** For a receiver that answers, however busy the machine is. */
const PATIENT = { timeout_ms: 60_000 };

it('a raised and a resolved alert arrive once each, signed with the secret', async () => {
  const hook = await receiver();
  const net = await startFakeNetwork();
  const folder = tempFolder();
  writeFileSync(join(folder, 'secret'), 'a shared secret\n', { mode: 0o600 });
  const settings = { webhook: { ...PATIENT, url: hook.url, secret_file: 'secret' } };
  const watcher = await TestMonitor.start({ policy: net.policy, folder, settings });
  closing.push(net, watcher);
  net.w1.down = true;
  const alert = await watcher.raised('witness-down', 'w1');
  // One that waits yet would be folded into the next.
  await eventually(async () => expect(takenAbout(alert, hook.got)).toHaveLength(1));
  net.w1.down = false;
  const deliveries = await eventually(async () => {
    const told = hook.got.filter((one) => events([one])[0]!.alert.id === alert.id);
    expect(events(told).map(({ event }) => event)).toEqual(['raised', 'resolved']);
    return told;
  });
  for (const { body, headers } of deliveries) {
    const mac = createHmac('sha256', 'a shared secret').update(body).digest('hex');
    expect(headers['x-tecp-signature']).toBe(`sha256=${mac}`);
    expect(headers['content-type']).toBe('application/json');
  }
  const [raised, resolved] = deliveries.map(({ headers }) => headers['x-tecp-delivery']);
  expect(resolved).not.toBe(raised);
});

it('what a receiver refuses is tried again, also by the next process, and keeps its order', async () => {
  const hook = await receiver();
  hook.status = 500;
  const net = await startFakeNetwork();
  const settings = { webhook: { ...PATIENT, url: hook.url } };
  const first = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(net);
  net.w1.down = true;
  const alert = await first.raised('witness-down', 'w1');
  await eventually(async () => {
    expect(events(hook.got).map(({ alert: { id } }) => id)).toContain(alert.id);
  });
  await first.close();
  hook.status = 200;
  const second = await TestMonitor.start({ policy: net.policy, folder: first.folder, settings });
  closing.push(second);
  const taken = () => events(takenAbout(alert, hook.got)).map(({ event }) => event);
  await eventually(async () => expect(taken()).toEqual(['raised']));
  net.w1.down = false;
  await eventually(async () => expect(taken()).toEqual(['raised', 'resolved']));
  await eventually(async () => {
    expect(await (await second.get('/metrics')).text()).toContain(
      'tecp_monitor_sink_waiting{sink="webhook"} 0',
    );
  });
});

function delivery(url: string) {
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  closing.push(state);
  const logger = createLogger({ name: 'monitor', level: 'silent' });
  const box = new Outbox(state.db, 'webhook', logger);
  const courier = new Courier(box, webhook.open({ ...PATIENT, url }), logger);
  return { db: state.db, box, courier };
}

const alert: Alert = {
  id: 1,
  kind: 'log-down',
  severity: 'critical',
  origin: 'log.example/test',
  subject: '',
  detail: '',
  evidence: [],
  raisedAtMs: 1,
  lastSeenAtMs: 1,
  resolvedAtMs: undefined,
  toldAtMs: 1,
  escalated: 0,
};
const signal = new AbortController().signal;

it('waits as long as a receiver asks, and does not hammer one that fails', async () => {
  const hook = await receiver();
  hook.status = 429;
  const { box, courier } = delivery(hook.url);
  const pass = stopMonotonicClock();
  box.add('raised', alert);
  for (let i = 0; i < 5; i++) await courier.deliver(signal);
  pass(2999);
  await courier.deliver(signal);
  expect(hook.got).toHaveLength(1);
  hook.status = 200;
  pass(1);
  await courier.deliver(signal);
  expect(courier.waiting).toBe(0);
  expect(hook.got).toHaveLength(2);
});

it('a receiver that is not there costs nothing but the wait', async () => {
  const { box, courier } = delivery('http://127.0.0.1:1/');
  box.add('raised', alert);
  await courier.deliver(signal);
  expect(courier.waiting).toBe(1);
});

const low = (subject: string): Alert => {
  return { ...alert, kind: 'witness-down', severity: 'warning', subject };
};
const grave: Alert = { ...alert, kind: 'log-contradiction' };

it('an alert that flaps while it waits is one message, with the last word and a count', async () => {
  const hook = await receiver();
  const { box, courier, db } = delivery(hook.url);
  db.transaction(() => {
    for (let i = 0; i < 2201; i++) box.add(i % 2 === 0 ? 'raised' : 'resolved', low('w1'));
  })();
  expect(courier.waiting).toBe(1);
  await courier.deliver(signal);
  expect(events(hook.got)).toMatchObject([{ event: 'raised', changes: 2201 }]);
  box.add('resolved', low('w1'));
  await courier.deliver(signal);
  expect(events(hook.got)[1]).toMatchObject({ event: 'resolved', changes: 1 });
});

it('a flood of low alerts neither pushes out nor delays one that is critical', async () => {
  const hook = await receiver();
  const { box, courier, db } = delivery(hook.url);
  const flood = (name: string) =>
    db.transaction(() => {
      for (let i = 0; i < 1100; i++) box.add('raised', low(`${name} ${i}`));
    })();
  flood('early');
  box.add('raised', grave);
  flood('late');
  expect(courier.waiting).toBe(1000);
  hook.status = 500;
  await courier.deliver(signal);
  expect(events(hook.got)).toMatchObject([{ alert: { kind: 'log-contradiction' } }]);
});

it('critical ones are never dropped, however many wait', () => {
  const { box, courier, db } = delivery('http://127.0.0.1:1/');
  db.transaction(() => {
    for (let i = 0; i < 1100; i++) box.add('raised', { ...grave, subject: `${i}` });
  })();
  box.add('raised', low('w1'));
  expect(courier.waiting).toBe(1100);
});

it('a change that comes during a delivery is told, too', async () => {
  const { box, courier } = delivery('http://127.0.0.1:1/');
  const sent: string[] = [];
  const sink: Sink = {
    send: async ({ body }) => {
      if (sent.length === 0) box.add('resolved', low('w1'));
      sent.push(JSON.parse(body).event);
      return { kind: 'taken' };
    },
  };
  box.add('raised', low('w1'));
  await new Courier(box, sink, createLogger({ name: 'monitor', level: 'silent' })).deliver(signal);
  expect(sent).toEqual(['raised', 'resolved']);
  expect(courier.waiting).toBe(0);
});

/** A sink that `send` decides about, and the subjects that it was told of, in order. */
function toldBy(box: Outbox, send: (subject: string) => ReturnType<Sink['send']>) {
  const told: string[] = [];
  const sink: Sink = {
    send: async ({ body }) => {
      const { alert } = JSON.parse(body) as { alert: { subject?: string } };
      told.push(alert.subject ?? '');
      return await send(told.at(-1)!);
    },
  };
  return {
    told,
    courier: new Courier(box, sink, createLogger({ name: 'monitor', level: 'silent' })),
  };
}

const critical = (subject: string): Alert => ({ ...grave, subject });

it('an alert that flaps faster than the receiver takes it lets others go first', async () => {
  const { box } = delivery('http://127.0.0.1:1/');
  let flaps = 0;
  const { told, courier } = toldBy(box, async (subject) => {
    if (subject === 'flapping' && flaps++ < 20) box.add('resolved', critical('flapping'));
    return { kind: 'taken' };
  });
  for (const subject of ['flapping', 'other', 'third']) box.add('raised', critical(subject));
  await courier.deliver(signal);
  expect(told.slice(0, 4)).toEqual(['flapping', 'other', 'third', 'flapping']);
});

it('an alert that flaps, and brings the receiver down each time, keeps nothing waiting', async () => {
  const { box } = delivery('http://127.0.0.1:1/');
  const pass = stopMonotonicClock();
  const { told, courier } = toldBy(box, async (subject) => {
    if (subject !== 'flapping') return { kind: 'taken' };
    box.add('resolved', critical('flapping'));
    return { kind: 'away', reason: 'status 500', retryAfterMs: 0 };
  });
  box.add('raised', critical('flapping'));
  box.add('raised', critical('other'));
  box.add('raised', low('warning'));
  for (let i = 0; i < 100; i++) {
    await courier.deliver(signal);
    pass(1000);
  }
  expect(told.slice(0, 2)).toEqual(['flapping', 'other']);
  expect(told).toContain('warning');
});

it('a message that is refused and changes each time is set aside all the same', async () => {
  const { box } = delivery('http://127.0.0.1:1/');
  const { courier } = toldBy(box, async () => ({ kind: 'refused', reason: 'status 400' }));
  for (let i = 0; i < 6; i++) {
    box.add(i % 2 === 0 ? 'raised' : 'resolved', critical('flapping'));
    await courier.deliver(signal);
  }
  expect(courier.setAside).toBe(1);
});

it('a message that is refused makes way at once, and is set aside and said to be so', async () => {
  const hook = await receiver();
  hook.refuses = 'log-contradiction';
  const { box, courier } = delivery(hook.url);
  const pass = stopMonotonicClock();
  box.add('raised', grave);
  box.add('raised', low('w1'));
  await courier.deliver(signal);
  expect(courier.waiting).toBe(1);
  expect(courier.setAside).toBe(0);
  for (let i = 0; i < 10; i++) {
    pass(60_000);
    await courier.deliver(signal);
  }
  expect(courier.setAside).toBe(1);
  expect(hook.got).toHaveLength(1 + 5);
  hook.refuses = '';
  pass(3_600_000);
  await courier.deliver(signal);
  expect(courier).toMatchObject({ waiting: 0, setAside: 0 });
});

it('a refused message is named by the status, the page and the metrics, and is not well', async () => {
  const hook = await receiver();
  hook.refuses = '"subject":"w1"';
  const net = await startFakeNetwork();
  const settings = { webhook: { ...PATIENT, url: hook.url } };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(net, watcher);
  net.w1.down = true;
  const alert = await watcher.raised('witness-down', 'w1');
  net.w1.down = false;
  await watcher.resolved(alert);
  const status = await eventually(async () => {
    const shown = await watcher.json('/v1/status');
    expect(shown.sinks).toMatchObject([{ name: 'webhook', waiting: 1, set_aside: 1 }]);
    return shown;
  });
  expect(status.ok).toBe(false);
  expect(status.problems.join()).toContain('refuses 1');
  expect(await (await watcher.get('/')).text()).toContain('refuses 1');
  const metrics = await (await watcher.get('/metrics')).text();
  expect(metrics).toContain('tecp_monitor_sink_set_aside{sink="webhook"} 1');
});

it('a sink that has been away for ten minutes is a trouble of the monitor, until it is back', async () => {
  const hook = await receiver();
  hook.status = 500;
  const net = await startFakeNetwork();
  const settings = { webhook: { ...PATIENT, url: hook.url } };
  const watcher = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(net, watcher);
  net.w1.down = true;
  await watcher.raised('witness-down');
  await eventually(async () => {
    const { sinks, problems } = await watcher.json('/v1/status');
    expect([sinks[0].away, problems]).toEqual(['status 500', []]);
  });
  const clock = performance.now.bind(performance);
  performance.now = () => clock() + 600_000;
  try {
    const { problems } = await watcher.json('/v1/status');
    expect(problems.join()).toContain('webhook has taken no message for 10 min: status 500');
    hook.status = 200;
    await eventually(async () => {
      expect((await watcher.json('/v1/status')).problems).toEqual([]);
    });
  } finally {
    performance.now = clock;
  }
});

it('messages of an older version wait on after an upgrade, one for each alert', async () => {
  const path = join(tempFolder(), 'monitor.db');
  const old = openDatabase(path, {
    kind: 'monitor',
    applicationId: MONITOR_APPLICATION_ID,
    migrations: MONITOR_MIGRATIONS.slice(0, 1),
    exclusive: true,
    create: true,
  });
  const insert = old.db.prepare('INSERT INTO outbox (body) VALUES (?)');
  for (const event of ['raised', 'resolved']) {
    insert.run(JSON.stringify({ event, alert: alertJson(low('w1')) }));
  }
  insert.run(JSON.stringify({ event: 'raised', alert: alertJson(grave) }));
  old.close();
  const state = MonitorState.open(path);
  closing.push(state);
  const box = new Outbox(state.db, 'webhook', createLogger({ name: 'monitor', level: 'silent' }));
  expect(box.waiting().map(({ id }) => id)).toEqual([3, 2]);
  box.add('raised', low('w1'));
  expect(box.waiting().map(({ id }) => id)).toEqual([3, 4]);
  expect(JSON.parse(box.get(4)!.body)).toMatchObject({ event: 'raised', changes: 3 });
});

it('messages of the time when there was one sink wait on for it, and for no other', () => {
  const path = join(tempFolder(), 'monitor.db');
  const old = openDatabase(path, {
    kind: 'monitor',
    applicationId: MONITOR_APPLICATION_ID,
    migrations: MONITOR_MIGRATIONS.slice(0, 2),
    exclusive: true,
    create: true,
  });
  const insert = `INSERT INTO outbox (alert_key, is_critical, changes, body) VALUES (?, 0, 1, ?)`;
  const body = JSON.stringify({ event: 'raised', changes: 1, alert: alertJson(low('w1')) });
  old.db.prepare(insert).run('key', body);
  old.close();
  const state = MonitorState.open(path);
  closing.push(state);
  const logger = createLogger({ name: 'monitor', level: 'silent' });
  const box = new Outbox(state.db, 'webhook', logger);
  expect(box.waiting()).toMatchObject([{ key: 'key' }]);
  expect(box.get(box.waiting()[0]!.id)!.body).toBe(body);
  expect(new Outbox(state.db, 'file', logger).waiting()).toEqual([]);
});

it('a secret that others may read is refused', async () => {
  const folder = tempFolder();
  const path = join(folder, 'secret');
  writeFileSync(path, 's');
  chmodSync(path, 0o644);
  const net = await startFakeNetwork();
  closing.push(net);
  const settings = { webhook: { url: 'http://127.0.0.1:1/', secret_file: 'secret' } };
  const starting = TestMonitor.start({ policy: net.policy, folder, settings });
  await expect(starting).rejects.toThrow(ConfigError);
  chmodSync(path, 0o600);
  writeFileSync(path, ' \n');
  await expect(TestMonitor.start({ policy: net.policy, folder, settings })).rejects.toThrow(
    /empty/,
  );
});
