/**
 * Kill -9 under load, fifty times: the log, the witnesses and the monitor, each at random moments,
 * also while they start. Whatever anybody was told before stays true.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { sleep } from '#service/schedule.ts';
import { expectLogSound } from '#test/support/check.ts';
import { type Member, OUTAGE_KINDS, TestNetwork } from '#test/support/network.ts';
import { type Random, seededRandom } from '#test/support/random.ts';
import { Sightings } from '#test/support/sightings.ts';
import { openTestReader } from '#test/support/store.ts';
import { readEntries, Submitter } from '#test/support/submitter.ts';
import { tempFolder } from '#test/support/temp.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const LOG_ROUNDS = 26;
const WITNESS_ROUNDS = 12;
const MONITOR_ROUNDS = 12;
const RATE_PER_SECOND = 80;
const LOOK_MS = 250;
const TYPES = entryTypes(['tecp-receipt']);

let network: TestNetwork;
let sightings: Sightings;
let submitter: Submitter;
let random: Random;
let stopLooking: AbortController;
let looking: Promise<void>;

beforeEach(async ({ task }) => {
  random = seededRandom(task.name);
  network = await TestNetwork.create();
  await network.startAll();
  // Once in peace: what they compiled is kept, and the starts that follow are faster.
  for (const member of [network.log, network.witnesses[0]!, network.monitor]) {
    await member.stop();
    await member.start();
  }
  sightings = new Sightings(network.policy);
  submitter = new Submitter({
    url: network.log.url,
    policy: network.policy,
    ratePerSecond: RATE_PER_SECOND,
    proofEvery: 8,
    onCheckpoint: (note) => sightings.add(note),
  });
  stopLooking = new AbortController();
  looking = look(stopLooking.signal);
  submitter.start();
});

afterEach(async () => {
  stopLooking.abort();
  await looking;
  await submitter.stop();
});

async function look(signal: AbortSignal): Promise<void> {
  while (await sleep(LOOK_MS, signal)) await sightings.look(network);
}

/** Kills a process at a random moment: mostly while it serves, sometimes while it starts. */
async function killAtRandom(member: Member, withinMs = 600): Promise<void> {
  if (random.between(0, 1) < 0.2) {
    await member.kill();
    member.process.start();
    await sleep(random.between(0, 500));
  } else {
    await sleep(random.between(0, withinMs));
  }
  await member.kill();
}

/** The load ends, everybody catches up, and every promise is looked at. */
async function expectAllKept(): Promise<void> {
  await submitter.stop();
  await submitter.finish();
  const size = submitter.indexOf.size;
  await network.published(size);
  await network.settled(size);
  await submitter.expectKept(size);
  const source = new HttpTileSource(network.log.url, PATIENT);
  const report = await checkLog(source, { policy: network.policy, entryTypes: TYPES });
  expect(report.problems).toEqual([]);
  expect(sightings.contradictions(await readEntries(source, size))).toEqual([]);
  expect(sightings.steps).toEqual([]);
  const alerts = network.unexplained(await network.alerts());
  expect(alerts.filter(({ kind }) => !OUTAGE_KINDS.includes(kind))).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
}

/** Checks a copy of the database of the log, which is dead: recovery is left to itself. */
async function expectDatabaseSound(): Promise<void> {
  const folder = tempFolder();
  const original = join(network.data, 'log', 'log.db');
  const copy = join(folder, 'log.db');
  for (const suffix of ['', '-wal']) {
    if (existsSync(original + suffix)) copyFileSync(original + suffix, copy + suffix);
  }
  const store = openTestReader(copy);
  try {
    await expectLogSound({ store, policy: network.policy, types: TYPES });
    const { size } = await store.treeHead();
    const answered = [...submitter.leafAt.keys()];
    expect(Math.max(-1, ...answered), 'the last answered index').toBeLessThan(size);
  } finally {
    await store.close();
  }
}

it('the log keeps every promise over kill -9', async () => {
  let tree = TileBuilder.empty();
  for (let round = 1; round <= LOG_ROUNDS; round++) {
    await killAtRandom(network.log);
    if (round % 5 === 0) await expectDatabaseSound();
    await network.log.start();
    // From the tree of the round before: what was published then is a prefix of what is now.
    const source = new HttpTileSource(network.log.url, PATIENT);
    const options = { policy: network.policy, entryTypes: TYPES, from: tree };
    const report = await checkLog(source, options);
    expect(report.problems, `round ${round}`).toEqual([]);
    tree = report.tree;
  }
  await until(() => submitter.indexOf.size > LOG_ROUNDS * 10, { what: 'a load that is one' });
  await expectAllKept();
});

it('witnesses never go back over kill -9, and catch up', async () => {
  for (let round = 1; round <= WITNESS_ROUNDS; round++) {
    const first = random.pick(network.witnesses);
    const second = random.pick(network.witnesses);
    // Every third time there is no quorum for a while.
    const victims = round % 3 === 0 ? [...new Set([first, second])] : [first];
    await Promise.all(victims.map((witness) => killAtRandom(witness)));
    for (const witness of victims) {
      const before = sightings.sizeOf(witness.name);
      await witness.start();
      const after = await network.witnessSize(witness);
      expect(after, `round ${round}: ${witness.name}`).toBeGreaterThanOrEqual(before);
    }
  }
  await expectAllKept();
});

it('the monitor goes on where it was over kill -9', async () => {
  const verified = async () => (await network.monitorStatus()).logs[0]!.verified_size;
  for (let round = 1; round <= MONITOR_ROUNDS; round++) {
    // Further each time: so there is something to forget.
    const start = await verified();
    const before = await until(async () => (await verified()) > start && (await verified()));
    await killAtRandom(network.monitor, 2000);
    await network.monitor.start();
    expect(await verified(), `round ${round}`).toBeGreaterThanOrEqual(before);
    const alerts = network.unexplained(await network.alerts());
    expect(alerts.filter(({ kind }) => kind !== 'monitor-lag')).toEqual([]);
  }
  await expectAllKept();
});
