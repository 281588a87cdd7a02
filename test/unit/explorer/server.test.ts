/** An explorer as a service: follows real logs in a thread, says how it stands, and stops in peace. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explorerConfigSchema } from '#explorer/config.ts';
import { openSqliteReader } from '#explorer/index/sqlite/reader.ts';
import type { LogsAnswer } from '#explorer/search/answers.ts';
import { type RunningExplorer, startExplorer } from '#explorer/server.ts';
import { JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { parseConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { FakeLog, fakePolicy, PuppetWitness, publish } from '#test/support/fake-log.ts';
import { freshReceipt, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { tempFile } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { Cleanup } from '#test/support/witness.ts';

const TYPES = { types: entryTypes(['tecp-receipt']) };
const cleanup = new Cleanup();
let log: TestLog;
let foreign: FakeLog;
let witness: PuppetWitness;

beforeAll(async () => {
  log = await startTestLog();
  cleanup.add(() => log.close());
  await log.served[0]!.sequence(
    await Promise.all(
      Array.from({ length: 300 }, () => log.served[0]!.admit(freshReceipt(), JSON_MEDIA_TYPE)),
    ),
  );
  await until(() => log.logs[0]!.published?.size === 300);
  foreign = await new FakeLog('foreign.example').start();
  cleanup.add(() => foreign.close());
  witness = await new PuppetWitness('w').start();
  cleanup.add(() => witness.close());
  foreign.tree.append(700);
  publish(foreign, [witness]);
});
afterAll(cleanup.run);

function configOf(settings: object = {}, folder = cleanup.folder()) {
  const policy = tempFile('policy.txt', fakePolicy([foreign], [witness]));
  const document = {
    listen: { port: 0 },
    database: 'explorer.db',
    interval_ms: 50,
    workers: 1,
    logs: [
      { url: log.url, vkey: log.key.verifier.text },
      { url: foreign.url, policy },
    ],
    ...settings,
  };
  return parseConfig(JSON.stringify(document), join(folder, 'explorer.yaml'), explorerConfigSchema);
}

async function start(settings: object = {}, folder?: string): Promise<RunningExplorer> {
  const explorer = await startExplorer(configOf(settings, folder), { logger: silent });
  cleanup.add(() => explorer.close());
  return explorer;
}

/** Of its metrics, by name and labels. */
async function metricsOf({ url }: RunningExplorer): Promise<Map<string, string>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('tecp_explorer_'));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(' ')),
      line.slice(line.lastIndexOf(' ') + 1),
    ]),
  );
}

/** Of each log, whether the explorer says that it judges its entries. */
async function judgedOf({ url }: RunningExplorer): Promise<boolean[]> {
  const { logs } = (await (await fetch(`${url}/v1/logs`)).json()) as LogsAnswer;
  return logs.map(({ judged }) => judged);
}

const OURS = 'log="log.example/test"';
const THEIRS = 'log="foreign.example"';

it('indexes logs of ours and of others, and says which entries must not stand in them', async () => {
  const folder = cleanup.folder();
  const explorer = await start({}, folder);
  await until(async () => (await fetch(`${explorer.url}/readyz`)).status === 200);
  const isCurrent = async () => {
    const metrics = await metricsOf(explorer);
    return [OURS, THEIRS].every(
      (name) => metrics.get(`tecp_explorer_log_state{${name},state="current"}`) === '1',
    );
  };
  await until(isCurrent);
  expect(await judgedOf(explorer)).toEqual([true, true]);
  const metrics = await metricsOf(explorer);
  expect(metrics.get(`tecp_explorer_entries{${OURS}}`)).toBe('300');
  expect(metrics.get(`tecp_explorer_indexed_entries_total{${THEIRS}}`)).toBe('700');
  expect(metrics.get(`tecp_explorer_behind_entries{${THEIRS}}`)).toBe('0');
  const reader = openSqliteReader(join(folder, 'explorer.db'), TYPES);
  cleanup.add(() => reader.close());
  expect(await reader.counts(log.key.verifier.name)).toMatchObject({ size: 300, faults: 0 });
  // What stands in the other is no receipt.
  expect(await reader.counts('foreign.example')).toMatchObject({ size: 700, faults: 700 });
});

it('judges no entry where only the tree counts, and says so', async () => {
  const folder = cleanup.folder();
  const explorer = await start({ entries: 'tree-only' }, folder);
  const size = async () => (await metricsOf(explorer)).get(`tecp_explorer_entries{${THEIRS}}`);
  await until(async () => (await size()) === '700');
  const reader = openSqliteReader(join(folder, 'explorer.db'), TYPES);
  cleanup.add(() => reader.close());
  await until(async () => (await reader.counts('foreign.example')).size === 700);
  expect(await reader.counts('foreign.example')).toMatchObject({ faults: 0 });
  expect(await judgedOf(explorer)).toEqual([false, false]);
});

it('is not ready before it has verified anything, and says why', async () => {
  const silentLog = await new FakeLog('silent.example').start();
  cleanup.add(() => silentLog.close());
  const explorer = await start({
    logs: [{ url: silentLog.url, vkey: silentLog.key.verifier.text }],
  });
  await until(async () => {
    const response = await fetch(`${explorer.url}/readyz`);
    return response.status === 503 && (await response.text()).includes('status 404');
  });
  const metrics = await metricsOf(explorer);
  expect(metrics.get('tecp_explorer_trouble{log="silent.example",kind="source"}')).toBe('1');
  silentLog.tree.append(3);
  silentLog.note = silentLog.sign();
  await until(async () => (await fetch(`${explorer.url}/readyz`)).status === 200);
});

it('stops in the middle of a log that does not answer, and lets go of its index', async () => {
  const hanging = await new FakeLog('hanging.example').start();
  cleanup.add(() => hanging.close());
  hanging.tree.append(2000);
  hanging.note = hanging.sign();
  hanging.overrides.set('tile/entries/005', 'hang');
  const folder = cleanup.folder();
  const logs = [{ url: hanging.url, vkey: hanging.key.verifier.text }];
  const explorer = await start({ logs, timeout_ms: 600_000 }, folder);
  await until(() => hanging.requests.includes('tile/entries/005'));
  await explorer.close();
  hanging.overrides.clear();
  const next = await start({ logs }, folder);
  const size = async () =>
    (await metricsOf(next)).get('tecp_explorer_entries{log="hanging.example"}');
  await until(async () => (await size()) === '2000');
});

it('reads a log while more than can be read at once do not answer', async () => {
  const logs = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => {
      const one = await new FakeLog(`log-${i}.example`).start();
      cleanup.add(() => one.close());
      one.tree.append(300);
      one.note = one.sign();
      if (i < 5) one.overrides.set('tile/entries/000', 'hang');
      return one;
    }),
  );
  const explorer = await start({
    logs: logs.map(({ url, key }) => ({ url, vkey: key.verifier.text })),
    timeout_ms: 500,
  });
  const name = 'tecp_explorer_entries{log="log-5.example"}';
  await until(async () => (await metricsOf(explorer)).get(name) === '300');
  const trouble = 'tecp_explorer_trouble{log="log-0.example",kind="source"}';
  await until(async () => (await metricsOf(explorer)).get(trouble) === '1');
});

it('refuses an index that another process writes, and what is no index', async () => {
  const folder = cleanup.folder();
  await start({}, folder);
  await expect(startExplorer(configOf({}, folder), { logger: silent })).rejects.toThrow(
    ConfigError,
  );
  const database = tempFile('explorer.db', 'no database');
  await expect(startExplorer(configOf({ database }), { logger: silent })).rejects.toThrow(
    ConfigError,
  );
});
