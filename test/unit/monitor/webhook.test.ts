/** Alerts to a webhook: delivered at least once, in order, over failures and restarts. */
import { createHmac } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { Alert } from '#monitor/alerts.ts';
import { MonitorState } from '#monitor/state.ts';
import { Outbox } from '#monitor/webhook.ts';
import { ConfigError } from '#service/errors.ts';
import { createLogger } from '#service/logging.ts';
import { eventually, startNetwork, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

/** Answers with `status` and keeps what it was sent. */
async function receiver() {
  const got: { body: string; headers: Record<string, unknown> }[] = [];
  const made = { got, status: 204, url: '', close: async () => {} };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ body: Buffer.concat(chunks).toString(), headers: request.headers });
    response.writeHead(made.status, made.status === 429 ? { 'retry-after': '1' } : {}).end();
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

const events = (got: { body: string }[]) =>
  got.map(({ body }) => JSON.parse(body) as { event: string; alert: { kind: string; id: number } });

it('a raised and a resolved alert arrive once each, signed with the secret', async () => {
  const hook = await receiver();
  const net = await startNetwork();
  const folder = tempFolder();
  writeFileSync(join(folder, 'secret'), 'a shared secret\n', { mode: 0o600 });
  const settings = { webhook: { url: hook.url, secret_file: 'secret' } };
  const watcher = await TestMonitor.start({ policy: net.policy, folder, settings });
  closing.push(net, watcher);
  net.w1.down = true;
  await watcher.raised('witness-down');
  net.w1.down = false;
  await eventually(async () => expect(hook.got).toHaveLength(2));
  expect(events(hook.got).map(({ event, alert }) => [event, alert.kind])).toEqual([
    ['raised', 'witness-down'],
    ['resolved', 'witness-down'],
  ]);
  const { body, headers } = hook.got[0]!;
  const mac = createHmac('sha256', 'a shared secret').update(body).digest('hex');
  expect(headers['x-tecp-signature']).toBe(`sha256=${mac}`);
  expect(headers['content-type']).toBe('application/json');
  expect(hook.got[1]!.headers['x-tecp-delivery']).not.toBe(headers['x-tecp-delivery']);
});

it('what a receiver refuses is tried again, also by the next process, and keeps its order', async () => {
  const hook = await receiver();
  hook.status = 500;
  const net = await startNetwork();
  const settings = { webhook: { url: hook.url } };
  const first = await TestMonitor.start({ policy: net.policy, settings });
  closing.push(net);
  net.w1.down = true;
  const alert = await first.raised('witness-down');
  await eventually(async () => expect(hook.got.length).toBeGreaterThan(0));
  await first.close();
  hook.got.length = 0;
  hook.status = 200;
  const second = await TestMonitor.start({ policy: net.policy, folder: first.folder, settings });
  closing.push(second);
  await eventually(async () => expect(hook.got).toHaveLength(1));
  expect(events(hook.got)[0]).toMatchObject({ event: 'raised', alert: { id: alert.id } });
  net.w1.down = false;
  await eventually(async () => expect(hook.got).toHaveLength(2));
  expect(events(hook.got)[1]).toMatchObject({ event: 'resolved', alert: { id: alert.id } });
  await eventually(async () => {
    expect(await (await second.get('/metrics')).text()).toContain('tecp_monitor_webhook_waiting 0');
  });
});

function outbox(url: string | undefined) {
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  closing.push(state);
  const logger = createLogger({ name: 'monitor', level: 'silent' });
  const target = url === undefined ? undefined : { url, timeoutMs: 500 };
  return new Outbox(state.db, target, logger);
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
};
const signal = new AbortController().signal;

it('waits as long as a receiver asks, and does not hammer one that fails', async () => {
  const hook = await receiver();
  hook.status = 429;
  const box = outbox(hook.url);
  box.add('raised', alert);
  for (let i = 0; i < 5; i++) await box.deliver(signal);
  expect(hook.got).toHaveLength(1);
  hook.status = 200;
  await eventually(async () => {
    await box.deliver(signal);
    expect(box.waiting).toBe(0);
  });
  expect(hook.got).toHaveLength(2);
});

it('a receiver that is not there costs nothing but the wait', async () => {
  const box = outbox('http://127.0.0.1:1/');
  box.add('raised', alert);
  await box.deliver(signal);
  expect(box.waiting).toBe(1);
});

it('keeps at most a thousand messages, the newest', () => {
  const box = outbox('http://127.0.0.1:1/');
  for (let i = 0; i < 1010; i++) box.add('raised', alert);
  expect(box.waiting).toBe(1000);
});

it('queues nothing when there is nobody to tell', () => {
  const box = outbox(undefined);
  box.add('raised', alert);
  expect(box.waiting).toBe(0);
});

it('a secret that others may read is refused', async () => {
  const folder = tempFolder();
  const path = join(folder, 'secret');
  writeFileSync(path, 's');
  chmodSync(path, 0o644);
  const net = await startNetwork();
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
