/**
 * Kill -9 under load: the log, the witnesses and the monitor, each at random moments, also while they
 * start. Whatever anybody was told before stays true, and is looked at after every round.
 *
 *     ./tecp torture kill [--rounds 500] [--seed N]
 */
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { sleep } from '#service/schedule.ts';
import { expectLogSound } from '#test/support/check.ts';
import { type Member, OUTAGE_KINDS, TestNetwork } from '#test/support/network.ts';
import { type Random, seededRandom } from '#test/support/random.ts';
import { Sightings } from '#test/support/sightings.ts';
import { openTestReader } from '#test/support/store.ts';
import { readEntries, Submitter } from '#test/support/submitter.ts';
import { tempFolder } from '#test/support/temp.ts';
import { PATIENT, until } from '#test/support/wait.ts';
import { ReadLog } from './read-log.ts';
import { printTable, scale } from './scale.ts';

const ROUNDS = scale('rounds', 20);
const MONITOR_ROUNDS = Math.ceil(ROUNDS / 4);
/** After so many, all is checked from the first entry on; between them what was added. */
const FROM_THE_START = 25;
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
  // Each round waits for a checkpoint.
  network.log.edit((config) => {
    config.logs[0].checkpoint.interval_ms = 200;
  });
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

/** Whom a round kills: the log mostly, a witness, two and so the quorum, or log and witness at once. */
function chooseVictims(): Member[] {
  const { log, witnesses } = network;
  const kind = random.between(0, 1);
  if (kind < 0.5) return [log];
  const witness = random.pick(witnesses);
  if (kind < 0.7) return [witness];
  return [kind < 0.85 ? log : witnesses[(witnesses.indexOf(witness) + 1) % 3]!, witness];
}

/** Starts a victim. A witness stands where it was last seen, or further. */
async function startAgain(victim: Member): Promise<void> {
  const before = sightings.sizeOf(victim.name);
  await victim.start();
  if (victim === network.log) return;
  const after = await network.witnessSize(victim);
  expect(after, victim.name).toBeGreaterThanOrEqual(before);
}

/** What was answered is published, every answered index holds its entry, and every witness goes on. */
async function expectRoundKept(log: ReadLog, fromTheStart: boolean): Promise<void> {
  const size = submitter.answeredSize;
  const published = await until(
    async () => {
      const now = await network.publishedSize();
      return now >= size && now;
    },
    { what: `${size} entries published` },
  );
  await log.readOn(fromTheStart);
  log.expectHolds(submitter.leafAt);
  for (const witness of network.witnesses) {
    const goesOn = async () => (await network.witnessSize(witness)) >= published;
    await until(goesOn, { what: `${witness.name} cosigns ${published}` });
  }
  expect(submitter.violations).toEqual([]);
  expect(sightings.steps).toEqual([]);
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
    expect(submitter.answeredSize, 'entries answered').toBeLessThanOrEqual(size);
  } finally {
    await store.close();
  }
}

it('log and witnesses keep every promise over kill -9', async () => {
  const log = new ReadLog(network.log.url, network.policy);
  const kills = new Map<string, number>();
  for (let round = 1; round <= ROUNDS; round++) {
    const victims = chooseVictims();
    await Promise.all(victims.map((victim) => killAtRandom(victim)));
    for (const { name } of victims) kills.set(name, (kills.get(name) ?? 0) + 1);
    const isThorough = round % FROM_THE_START === 0;
    if (isThorough && victims.includes(network.log)) await expectDatabaseSound();
    await Promise.all(victims.map((victim) => startAgain(victim)));
    await expectRoundKept(log, isThorough);
  }
  await until(() => submitter.indexOf.size > ROUNDS * 5, { what: 'a load that is one' });
  await expectAllKept();
  printTable(`kill -9, ${ROUNDS} rounds, seed ${random.seed}`, [
    ['killed', 'times'],
    ...kills,
    ['answered entries, all kept', submitter.indexOf.size],
    ['different checkpoints seen, all consistent', sightings.count],
  ]);
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
