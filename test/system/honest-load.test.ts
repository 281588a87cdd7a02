/**
 * The other half of the point: an honest log under load, with everybody being restarted in every
 * way, and with its tiles out of reach for half a minute at a time, is never accused of anything.
 * `TECP_TEST_LOAD_SECONDS` makes it longer or shorter.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { sleep } from '#service/schedule.ts';
import { type Alert, type Member, TestNetwork, tryGet } from '#test/support/network.ts';
import { Sightings } from '#test/support/sightings.ts';
import { readEntries, Submitter } from '#test/support/submitter.ts';
import type { Outage } from '#test/support/tile-proxy.ts';
import { TileProxy } from '#test/support/tile-proxy-control.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const LOAD_SECONDS = Number(process.env.TECP_TEST_LOAD_SECONDS ?? 120);
const RATE_PER_SECOND = 100;
/** On a busy machine, whose rate is lower, the load goes on until there are so many. */
const MIN_ENTRIES = (LOAD_SECONDS * RATE_PER_SECOND) / 20;
const POLL_MS = 500;

/** A restart at a share of the whole time. */
interface Incident {
  readonly at: number;
  readonly who: (network: TestNetwork) => Member;
  readonly how: 'SIGTERM' | 'SIGKILL';
  readonly awayMs: number;
}

const witness = (number: number) => (network: TestNetwork) => network.witnesses[number]!;
const log = (network: TestNetwork) => network.log;
const monitor = (network: TestNetwork) => network.monitor;

const INCIDENTS: readonly Incident[] = [
  { at: 0.08, who: witness(0), how: 'SIGTERM', awayMs: 0 },
  { at: 0.16, who: witness(1), how: 'SIGKILL', awayMs: 0 },
  { at: 0.24, who: monitor, how: 'SIGTERM', awayMs: 500 },
  { at: 0.32, who: witness(2), how: 'SIGKILL', awayMs: 5000 },
  { at: 0.45, who: log, how: 'SIGTERM', awayMs: 500 },
  { at: 0.53, who: monitor, how: 'SIGKILL', awayMs: 0 },
  { at: 0.61, who: witness(0), how: 'SIGKILL', awayMs: 2000 },
  { at: 0.69, who: log, how: 'SIGKILL', awayMs: 0 },
  { at: 0.77, who: witness(2), how: 'SIGTERM', awayMs: 3000 },
  { at: 0.85, who: witness(1), how: 'SIGKILL', awayMs: 0 },
];

/**
 * Of the path of the log's tiles, as everybody but the submitter reaches it. The log itself is not
 * restarted before the monitor has caught up: on a slow machine, where a start takes half a minute, that
 * would be one outage of more than the minute that a log may owe.
 */
const OUTAGES: readonly { readonly at: number; readonly outage: Outage }[] = [
  { at: 0.1, outage: 503 },
  { at: 0.72, outage: 'hang' },
];
/** Half a minute of two. */
const OUTAGE_SHARE = 0.25;

/** Everybody reads the log through a proxy. */
async function behindProxy(network: TestNetwork): Promise<TileProxy> {
  const proxy = await TileProxy.start(network.log.url);
  for (const path of [network.policyPath, ...network.witnesses.map(({ role }) => role.config)]) {
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(network.log.url, proxy.url));
  }
  return proxy;
}

/** Whether the last outage is over for everybody. */
interface Disturbance {
  isOver: boolean;
}

async function takeTilesAway(
  network: TestNetwork,
  proxy: TileProxy,
  disturbed: Disturbance,
  startedMs: number,
) {
  for (const { at, outage } of OUTAGES) {
    await sleepUntil(startedMs + at * LOAD_SECONDS * 1000);
    await until(async () => await tryGet(`${network.log.url}/readyz`), {
      what: 'a log that answers',
    });
    disturbed.isOver = false;
    proxy.set(outage);
    await sleep(OUTAGE_SHARE * LOAD_SECONDS * 1000);
    proxy.set(undefined);
    const size = await network.publishedSize();
    await until(
      async () => {
        const status = await network.monitorStatus().catch(() => undefined);
        return status !== undefined && status.logs[0]!.verified_size >= size;
      },
      { what: 'the monitor past the outage' },
    );
    disturbed.isOver = true;
  }
}

/** That its files do not answer is the truth, and no accusation. */
function isAccusation({ kind, subject }: Alert): boolean {
  return !(kind === 'log-down' && subject === 'files');
}

/** Until a time after the start; not at all if that has passed. */
async function sleepUntil(ms: number): Promise<void> {
  await sleep(Math.max(0, ms - performance.now()));
}

async function restartAll(network: TestNetwork, disturbed: Disturbance, startedMs: number) {
  for (const { at, who, how, awayMs } of INCIDENTS) {
    await sleepUntil(startedMs + at * LOAD_SECONDS * 1000);
    const member = who(network);
    while (member === network.log && !disturbed.isOver) await sleep(POLL_MS);
    await member.stop(how);
    await sleep(awayMs);
    await member.start();
  }
}

/** Looks at everything again and again until the signal is aborted; whatever was ever raised. */
async function watch(network: TestNetwork, sightings: Sightings, signal: AbortSignal) {
  const raised = new Map<number, Alert>();
  while (await sleep(POLL_MS, signal)) {
    await sightings.look(network);
    if (!network.monitor.process.isRunning) continue;
    const alerts = await network.alerts().catch(() => []);
    for (const alert of alerts) raised.set(alert.id, alert);
  }
  return [...raised.values()];
}

it('raises nothing in two minutes of load, restarts and outages, and every proof verifies', async () => {
  const network = await TestNetwork.create();
  const proxy = await behindProxy(network);
  await network.startAll();
  const { policy } = network;
  const sightings = new Sightings(policy);
  const submitter = new Submitter({
    url: network.log.url,
    policy,
    ratePerSecond: RATE_PER_SECOND,
    proofEvery: 1,
    onCheckpoint: (note) => sightings.add(note),
  });
  const over = new AbortController();
  const watching = watch(network, sightings, over.signal);
  const startedMs = performance.now();
  const disturbed: Disturbance = { isOver: true };
  submitter.start();
  await Promise.all([
    restartAll(network, disturbed, startedMs),
    takeTilesAway(network, proxy, disturbed, startedMs),
  ]);
  await sleepUntil(startedMs + LOAD_SECONDS * 1000);
  await until(() => submitter.indexOf.size > MIN_ENTRIES, { what: 'a load that is one' });
  await submitter.stop();
  await submitter.finish();

  const size = submitter.indexOf.size;
  await network.published(size);
  await network.settled(size);
  over.abort();
  const raised = [...(await watching), ...(await network.alerts())];
  expect(network.unexplained(raised).filter(isAccusation)).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }

  await submitter.proveAll();
  expect(submitter.proven.size).toBe(size);
  await submitter.expectKept(size);
  const source = new HttpTileSource(network.log.url, PATIENT);
  const report = await checkLog(source, { policy, entryTypes: entryTypes(['tecp-receipt']) });
  expect(report.problems).toEqual([]);
  expect(sightings.steps).toEqual([]);
  expect(sightings.contradictions(await readEntries(source, size))).toEqual([]);
});
