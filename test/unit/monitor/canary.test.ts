/** The canary: receipts of the monitor's own, all the way to a proof, and what they come to. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freezeLog } from '#log-server/recovery/freeze.ts';
import { reportOn } from '#monitor/canary/report.ts';
import { CanaryTable } from '#monitor/canary/result-table.ts';
import { type CanaryResult, type CanaryStage, judgeCanary } from '#monitor/judge/canary.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { newKey } from '#test/support/keys.ts';
import { startTestLog, type TestLogOptions } from '#test/support/log.ts';
import { TestMonitor } from '#test/support/monitor.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually } from '#test/support/wait.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of closing.splice(0).reverse()) await item.close();
});

const ORIGIN = 'log.example/test';
const WITNESS = newKey('w.example', KEY_TYPES.cosignatureEd25519).verifier.text;
const DEMANDING = `witness w ${WITNESS}\nquorum w\n`;
const OBJECTIVE = { success: 0.999, p95Ms: 1000 };

/** A monitor with a canary, and a log; each with the lines of its policy after the log's own. */
async function start(
  policy = 'quorum none\n',
  log: TestLogOptions = {},
  canary: Record<string, unknown> = {},
) {
  const server = await startTestLog(log);
  const folder = tempFolder();
  writeSignerKey(join(folder, 'canary.key'), newKey('canary.example', KEY_TYPES.ed25519));
  const setup = {
    folder,
    policy: `log ${server.key.verifier.text} ${server.url}\n${policy}`,
    settings: {
      entry_types: ['tecp-receipt'],
      canary: {
        key_file: 'canary.key',
        interval_ms: 50,
        objective: { window_ms: 600_000 },
        ...canary,
      },
    },
  };
  const watcher = await TestMonitor.start(setup);
  return { server, watcher, setup };
}

const sloOf = async (watcher: TestMonitor) => (await watcher.json('/v1/slo')).logs[0];

it('its receipts get proofs, and the status, the page, the metrics and the API tell how fast', async () => {
  const { server, watcher } = await start();
  closing.push(server, watcher);
  const slo = await eventually(async () => {
    const shown = await sloOf(watcher);
    expect(shown.total).toBeGreaterThan(2);
    return shown;
  });
  expect(slo).toMatchObject({
    origin: ORIGIN,
    objective: { success: 0.999, p95_ms: 5000 },
    failed: 0,
    success: 1,
    error_budget_left: 1,
  });
  expect(slo.p50_ms).toBeGreaterThan(0);
  expect(slo.p99_ms).toBeGreaterThanOrEqual(slo.p50_ms);
  expect((await watcher.json('/v1/status')).slo[0].origin).toBe(ORIGIN);
  expect(await (await watcher.get('/')).text()).toMatch(/got its proof.*100 % left/s);
  const metrics = await (await watcher.get('/metrics')).text();
  expect(metrics).toContain(`tecp_monitor_canary_up{origin="${ORIGIN}"} 1`);
  expect(metrics).toMatch(/tecp_monitor_canary_seconds\{origin="[^"]*",quantile="0.95"\} \d/);
  expect(server.logs[0]!.head.size).toBeGreaterThan(2);
});

it('its results outlive a restart of the monitor', async () => {
  const { server, watcher, setup } = await start();
  closing.push(server);
  await eventually(async () => expect((await sloOf(watcher)).total).toBeGreaterThan(2));
  const { total } = await sloOf(watcher);
  await watcher.close();
  const settings = { ...setup.settings, canary: { key_file: 'canary.key', interval_ms: 600_000 } };
  const again = await TestMonitor.start({ ...setup, settings });
  closing.push(again);
  expect((await sloOf(again)).total).toBeGreaterThanOrEqual(total);
});

async function failing(watcher: TestMonitor, stage: CanaryStage): Promise<void> {
  await eventually(async () => {
    const alert = await watcher.raised('canary-failing');
    expect(alert.detail).toContain(`At ${stage}: `);
    expect((await sloOf(watcher)).failures[stage]).toBeGreaterThanOrEqual(3);
  });
  expect((await sloOf(watcher)).error_budget_left).toBeLessThan(0);
}

it('tells of a log that publishes without the quorum that is asked for here', async () => {
  const { server, watcher } = await start(DEMANDING);
  closing.push(server, watcher);
  await failing(watcher, 'quorum');
});

it('tells of a log that takes receipts and proves none', async () => {
  const witness = await FakeWitness.start('w', 5);
  const policy = `witness w ${witness.keys.ed.verifier.text} ${witness.url}\nquorum w\n`;
  const log = { policy, settings: { limits: { wait_ms: 20 } } };
  const { server, watcher } = await start(policy, log, { timeout_ms: 3000 });
  closing.push(witness, server, watcher);
  witness.behaviour = () => ({ status: 500, body: '' });
  await failing(watcher, 'wait');
});

it('the alert ends when a receipt gets its proof again', async () => {
  const { server, watcher } = await start();
  closing.push(watcher);
  await eventually(async () => expect((await sloOf(watcher)).total).toBeGreaterThan(0));
  await server.close();
  const alert = await watcher.raised('canary-failing');
  expect(alert.detail).toContain('At submit: ');
  const page = await (await watcher.get('/')).text();
  expect(page).toContain('last receipt got no proof');
  expect(page).not.toContain('All is well');
  const port = Number(new URL(server.url).port);
  const { folder, key } = server;
  closing.push(await startTestLog({ folder, key, settings: { listen: { port } } }));
  await watcher.resolved(alert);
});

it('says of a log that was frozen that it was', async () => {
  const { server, watcher } = await start();
  closing.push(watcher);
  await eventually(async () => expect((await sloOf(watcher)).total).toBeGreaterThan(0));
  await server.close();
  await freezeLog(server.config.logs[0]!);
  const port = Number(new URL(server.url).port);
  const { folder, key } = server;
  closing.push(await startTestLog({ folder, key, settings: { listen: { port } } }));
  await eventually(async () => {
    const { detail } = await watcher.raised('canary-failing');
    expect(detail).toContain('At submit: the log is frozen');
  });
});

it('refuses a key that signs no receipts, a log that is not watched, and a window of too many', async () => {
  const folder = tempFolder();
  writeSignerKey(join(folder, 'issuer.key'), newKey('canary.example', KEY_TYPES.ed25519));
  writeSignerKey(join(folder, 'w.key'), newKey('w.example', KEY_TYPES.cosignatureEd25519));
  writeFileSync(join(folder, 'policy.txt'), '');
  const log = newKey(ORIGIN, KEY_TYPES.ed25519).verifier.text;
  const refused = async (canary: Record<string, unknown>) => {
    const policy = `log ${log} http://127.0.0.1:1\nquorum none\n`;
    const started = TestMonitor.start({ folder, policy, settings: { canary } });
    return await started.catch((error) => error.message);
  };
  expect(await refused({ key_file: 'w.key' })).toContain('signs no receipts');
  expect(await refused({ key_file: 'issuer.key', logs: ['x'] })).toContain('no log "x"');
  expect(await refused({ key_file: 'issuer.key', interval_ms: 1000 })).toContain('at most 50000');
});

const NOW_MS = 1_700_000_000_000;
const MINUTE_MS = 60_000;

/** One result a minute, the last one now: `.` got its proof, `x` did not. */
function minutely(pattern: string, tookMs = 100): CanaryResult[] {
  return [...pattern].map((one, i) => ({
    atMs: NOW_MS - (pattern.length - 1 - i) * MINUTE_MS,
    tookMs,
    ...(one === 'x' && { failure: { stage: 'submit' as const, detail: 'no answer' } }),
  }));
}

function badOf(results: readonly CanaryResult[]): string[] {
  return judgeCanary(ORIGIN, results, OBJECTIVE, NOW_MS)
    .filter(({ state }) => state === 'bad')
    .map(({ kind, subject }) => [kind, subject].join(' ').trim());
}

describe('is judged', () => {
  it('as failing by three in a row, and not by fewer', () => {
    expect(badOf(minutely(`${'.'.repeat(500)}xx`))).toEqual([]);
    expect(badOf(minutely(`${'.'.repeat(500)}xxx`))).toContain('canary-failing');
    expect(badOf(minutely(`${'.'.repeat(500)}xxx.`))).not.toContain('canary-failing');
  });

  it('as burning the budget while it goes on, and not after', () => {
    expect(badOf(minutely(`${'.'.repeat(300)}x..x..x..`))).toEqual(['slo-burn success']);
    expect(badOf(minutely(`${'.'.repeat(300)}x..x..x${'.'.repeat(40)}`))).toEqual([]);
    // Few failures are nothing, however few receipts there are.
    expect(badOf(minutely('..x.x.'))).toEqual([]);
  });

  it('as slow by the slowest in twenty of the last hour', () => {
    expect(badOf(minutely('.'.repeat(19), 5000))).toEqual([]);
    expect(badOf(minutely('.'.repeat(20), 5000))).toEqual(['slo-burn speed']);
    const before = minutely('.'.repeat(130)).map((result, i) => {
      return i < 60 ? { ...result, tookMs: 5000 } : result;
    });
    expect(badOf(before)).toEqual([]);
  });

  it('by nearest rank, of those that got through, with what is left of the budget', () => {
    const times = Array.from({ length: 100 }, (_, i) => ({ atMs: NOW_MS, tookMs: i + 1 }));
    const objective = { success: 0.99, p95Ms: 1000, windowMs: 1000 };
    expect(reportOn(ORIGIN, objective, times)).toMatchObject({
      p50Ms: 50,
      p95Ms: 95,
      p99Ms: 99,
      success: 1,
      budgetLeft: 1,
    });
    const failed = reportOn(ORIGIN, objective, minutely(`${'.'.repeat(399)}x`));
    expect(failed.budgetLeft).toBeCloseTo(0.75);
    expect(failed.failures).toEqual({ submit: 1, wait: 0, proof: 0, quorum: 0 });
    expect(reportOn(ORIGIN, objective, [])).toMatchObject({ total: 0, budgetLeft: 1 });
  });
});

it('keeps results of the window, to a number for each log', () => {
  const state = MonitorState.open(join(tempFolder(), 'monitor.db'));
  try {
    const table = new CanaryTable(state.db, 3);
    for (const result of minutely('.....')) table.add(ORIGIN, result, 0);
    table.add('other', minutely('x')[0]!, 0);
    expect(table.list(ORIGIN)).toEqual(minutely('...'));
    table.add(ORIGIN, minutely('x')[0]!, NOW_MS);
    expect(table.list(ORIGIN)).toEqual([minutely('.')[0], minutely('x')[0]]);
    expect(table.list('other')).toHaveLength(1);
  } finally {
    state.close();
  }
});
