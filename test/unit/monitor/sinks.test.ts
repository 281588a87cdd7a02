/** Several sinks of alerts: each is told everything, whatever happens to the others and to us. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { SINKS } from '#monitor/alerts/sinks/sinks.ts';
import { ConfigError } from '#service/errors.ts';
import { file, readSink } from '#test/support/file-sink.ts';
import { startFakeNetwork, TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

// The line by which a sink is added.
beforeAll(() => void Object.assign(SINKS, { file }));
afterAll(() => void delete (SINKS as Record<string, unknown>).file);

const closing: { close(): void | Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

interface Told {
  event: string;
  changes?: number;
  alert: { kind: string };
}

/** A webhook, a folder for the file, and both as settings. Either is away when a test wants it. */
async function sinks() {
  const hook = { status: 503, told: [] as Told[] };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (hook.status === 200) hook.told.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.writeHead(hook.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const folder = join(tempFolder(), 'told');
  const path = join(folder, 'alerts.ndjson');
  return {
    hook,
    path,
    fileIsThere: () => void mkdirSync(folder),
    // Only one that is told to be down is, however busy the machine.
    settings: { timeout_ms: 20_000, webhook: { url }, file: { path } },
  };
}

const eventsOf = (told: readonly Told[]) => told.map(({ event }) => event);

it('one that is away holds up no other, and is told after a restart', async () => {
  const { hook, path, fileIsThere, settings } = await sinks();
  fileIsThere();
  const net = await startFakeNetwork();
  closing.push(net);
  const first = await TestMonitor.start({ policy: net.policy, settings });
  net.w1.down = true;
  await eventually(async () => expect(eventsOf(readSink(path))).toEqual(['raised']));
  net.w1.down = false;
  await eventually(async () => expect(eventsOf(readSink(path))).toEqual(['raised', 'resolved']));
  await eventually(async () => {
    const { sinks } = await first.json('/v1/status');
    expect(sinks).toEqual([
      { name: 'webhook', waiting: 1, set_aside: 0 },
      { name: 'file', waiting: 0, set_aside: 0 },
    ]);
  });
  const metrics = await (await first.get('/metrics')).text();
  expect(metrics).toContain('tecp_monitor_sink_waiting{sink="file"} 0');
  await first.close();
  hook.status = 200;
  const { folder } = first;
  closing.push(await TestMonitor.start({ policy: net.policy, folder, settings }));
  await eventually(async () => expect(hook.told).toHaveLength(1));
  expect(hook.told).toMatchObject([{ event: 'resolved', changes: 2 }]);
  expect(readSink(path)).toHaveLength(2);
});

it('each that was away is told after kill -9', async () => {
  const { hook, path, fileIsThere, settings } = await sinks();
  const net = await startFakeNetwork();
  closing.push(net);
  const folder = tempFolder();
  const config = join(folder, 'monitor.yaml');
  writeFileSync(join(folder, 'policy.txt'), net.policy);
  const fast = { interval_ms: 50, down_after_ms: { witness: 300 } };
  const files = { database: 'monitor.db', policy: 'policy.txt', entry_types: ['opaque'] };
  writeFileSync(config, JSON.stringify({ listen: { port: 0 }, ...files, ...fast, ...settings }));
  const program = join(import.meta.dirname, '../../support/monitor-with-file-sink.ts');
  const child = spawn(process.execPath, [program, config], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  closing.push({ close: () => void child.kill('SIGKILL') });
  const exited = once(child, 'exit');
  let raised = '';
  for await (const line of createInterface(child.stdout)) {
    const { msg, url, kind } = JSON.parse(line) as { msg: string; url?: string; kind?: string };
    if (url !== undefined && msg === 'ready') net.w1.down = true;
    if (kind === 'witness-down') raised = kind;
    if (raised !== '') break;
  }
  child.kill('SIGKILL');
  await exited;
  expect([hook.told, readSink(path)]).toEqual([[], []]);
  hook.status = 200;
  fileIsThere();
  closing.push(await TestMonitor.start({ policy: net.policy, folder, settings }));
  for (const told of [() => hook.told, () => readSink(path)]) {
    await eventually(async () => {
      expect(told().map(({ event, alert }) => `${event} ${alert.kind}`)).toEqual([
        'raised witness-down',
      ]);
    });
  }
});

it('the settings of each are checked by its own schema', async () => {
  const start = (settings: Record<string, unknown>) =>
    TestMonitor.start({ policy: 'quorum none\n', settings });
  await expect(start({ file: { path: 7 } })).rejects.toThrow(ConfigError);
  await expect(start({ file: { path: 'x', url: 'y' } })).rejects.toThrow(/file.url/);
  await expect(start({ fil: { path: 'x' } })).rejects.toThrow(/did you mean "file"/);
});
