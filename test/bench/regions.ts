/**
 * One log in three regions: in each a front end, a witness, a monitor and a client, all real processes, each region in a
 * network namespace of its own; PostgreSQL and the sequencer in one of them. What is between regions takes its time and loses
 * packets (test/bench/support/regions/). Measured is what a client waits for at the front end of its own region, beside
 * what distance alone makes of it: with all regions, with each of two cut off, and how all is well again.
 *
 *     sudo ./tecp bench regions [--samples 40] [--entries 6000]
 *
 * Needs Linux, root, /dev/net/tun, nsenter, and Python 3.10. Ends with 1 where a monitor has a false alarm, or the regions
 * do not agree in the end.
 */
import { parseArgs } from 'node:util';
import { monotonicMs } from '#service/schedule.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { seededRandom } from '#test/support/random.ts';
import { until } from '#test/support/wait.ts';
import { percentile } from './support/load-client.ts';
import {
  type Audited,
  quorumSamples,
  type Sample,
  type Sighting,
} from './support/regions/calls.ts';
import {
  expectedMs,
  HOME,
  LOSS,
  REGIONS,
  type Region,
  roundTripMs,
  TASKS,
  type Task,
} from './support/regions/distances.ts';
import { type Figure, type Scene, sceneTable } from './support/regions/figures.ts';
import { addressOf, Internet } from './support/regions/internet.ts';
import { urlsOf, World } from './support/regions/world.ts';
import { conditions } from './support/report.ts';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '40' },
    entries: { type: 'string', default: '6000' },
  },
});
const SAMPLES = Number(values.samples);
const ENTRIES = Number(values.entries);
const ROUND_TRIPS = 25;
/** As many hashes as one row of the store has. */
const APART = 16;
/** A majority of the three witnesses. */
const QUORUM = 2;
/** What a monitor rightly says of whoever it does not reach, and of what it is not shown for more than a minute. */
const OUTAGE_KINDS = [
  'log-down',
  'witness-down',
  'quorum-missing',
  'monitor-lag',
  'consistency-unproven',
];

const newest = POSTGRES_VERSIONS.at(-1);
if (newest === undefined) throw new Error('node test/support/install-postgres.ts comes first');
const { seed } = seededRandom('regions');
const internet = await Internet.make(seed);
const world = await World.start(internet, newest);
const said: string[] = [];

function say(text: string): void {
  said.push(text);
  console.error(text);
}

/** What the way between each two regions takes, measured from one of them. */
async function measureWays(): Promise<void> {
  const pairs = REGIONS.flatMap((a, i) => REGIONS.slice(i + 1).map((b) => [a, b] as const));
  for (const [a, b] of pairs) {
    const call = { do: 'round trips', address: addressOf(b), count: ROUND_TRIPS } as const;
    const times = (await world.call<number[]>(a, call)).sort((x, y) => x - y);
    const [p50, p95] = [0.5, 0.95].map((share) => percentile(times, share).toFixed(1));
    say(`- ${a} to ${b}: round trip ${roundTripMs(a, b)} ms, measured p50 ${p50}, p95 ${p95} ms`);
  }
}

/** Each client asks for its own share of them, far apart, so that its front end has not read what is around them. */
async function addEntries(): Promise<void> {
  const hashes = await world.call<string[]>(HOME, { do: 'add', entries: ENTRIES });
  for (const [i, region] of REGIONS.entries()) {
    const share = hashes.filter((_, index) => index % (APART * REGIONS.length) === i * APART);
    await world.call(region, { do: 'know', hashes: share });
  }
}

async function measure(region: Region, up: readonly Region[]): Promise<Map<Task, Figure>> {
  const figures = new Map<Task, Figure>();
  const put = (task: Task, samples: readonly Sample[]) =>
    figures.set(task, { samples, expectedMs: expectedMs(task, region, up, QUORUM) });
  for (const task of TASKS) {
    if (task === 'quorum') continue;
    const isWatched = task === 'proof' && up.includes(region);
    if (isWatched) await world.call(HOME, { do: 'watch' });
    const samples = await world.call<Sample[]>(region, { do: 'measure', task, count: SAMPLES });
    put(task, samples);
    if (!isWatched) continue;
    const seen = await world.call<Sighting[]>(HOME, { do: 'sightings' });
    put('quorum', quorumSamples(samples, seen));
  }
  return figures;
}

/** One after another, so that each submission has a round of cosigning to itself; who is cut off waits beside them. */
async function play(title: string, up: readonly Region[]): Promise<void> {
  const scene = new Map<Region, ReadonlyMap<Task, Figure>>();
  const away = REGIONS.filter((region) => !up.includes(region)).map(async (region) => {
    scene.set(region, await measure(region, up));
  });
  for (const region of up) scene.set(region, await measure(region, up));
  await Promise.all(away);
  say(`\n### ${title}\n\n${sceneTable(scene satisfies Scene)}`);
}

interface MonitorStatus {
  readonly ok: boolean;
}

interface Alert {
  readonly kind: string;
}

async function monitorSays<T>(region: Region, path: string): Promise<T | undefined> {
  const text = await world.tryRead(region, `${urlsOf(region).monitor}${path}`);
  return text === undefined ? undefined : (JSON.parse(text) as T);
}

/** Undoes a cut, and tells how long each region needs until it takes entries and all is well there. */
async function heal(region: Region): Promise<void> {
  internet.heal(region);
  const healedMs = monotonicMs();
  const seconds = () => `${((monotonicMs() - healedMs) / 1000).toFixed(0)} s`;
  const recovered = REGIONS.map(async (at) => {
    await world.isReady(at);
    const takes = seconds();
    await until(async () => (await monitorSays<MonitorStatus>(at, '/v1/status'))?.ok, {
      what: `the monitor in ${at} says that all is well`,
    });
    return `${at} takes entries after ${takes}, its monitor says that all is well after ${seconds()}`;
  });
  for (const line of await Promise.all(recovered)) say(`- ${line}`);
}

/** Throws where a monitor told of what was not so, or anybody has evidence. */
async function expectNoFalseAlarm(): Promise<void> {
  for (const region of REGIONS) {
    const page = await monitorSays<{ alerts: Alert[] }>(region, '/v1/alerts?state=all');
    const kinds = [...new Set(page?.alerts.map(({ kind }) => kind))];
    say(`- alerts of the monitor in ${region}, all over: ${kinds.join(', ') || 'none'}`);
    const false_ = kinds.filter((kind) => !OUTAGE_KINDS.includes(kind));
    if (page === undefined || false_.length > 0) throw new Error(`false alarms: ${false_}`);
    for (const url of [urlsOf(region).monitor, urlsOf(region).witness]) {
      const evidence = await world.tryRead(region, `${url}/evidence`);
      if (evidence?.trim() !== '[]') throw new Error(`evidence at ${url}: ${evidence}`);
    }
  }
}

/** Every entry, tile and signature as each region shows it. */
async function expectAgreement(): Promise<void> {
  const audits = await Promise.all(
    REGIONS.map((region) => world.call<Audited>(region, { do: 'audit' })),
  );
  const shown = new Set(audits.map(({ size, root }) => `size ${size}, root ${root}`));
  const problems = audits.flatMap((audited) => audited.problems);
  if (shown.size !== 1 || problems.length > 0) {
    throw new Error(`the regions do not agree: ${[...shown, ...problems].join('; ')}`);
  }
  say(`- audit at each region: no problem, all at ${[...shown][0]}`);
}

try {
  await measureWays();
  await addEntries();
  await play('All regions', REGIONS);
  for (const region of ['asia', HOME] as const) {
    internet.cut(region);
    const up = REGIONS.filter((other) => other !== region);
    await play(`Without ${region}`, up);
    await heal(region);
  }
  say('');
  await expectNoFalseAlarm();
  await expectAgreement();
  const { carried, lost, ...late } = await internet.carried();
  say(
    `- the router carried ${carried} packets and lost ${lost} (${LOSS * 100} % wanted, seed ${seed}); late by ` +
      `p50 ${late.late_p50_us} us, p99 ${late.late_p99_us} us, at most ${late.late_max_us} us`,
  );
} finally {
  await world.stop();
  await internet.close();
}
console.log(`\n${conditions().join('\n')}`);
console.log(
  `${newest.name} and the sequencer in ${HOME}; ${QUORUM} of ${REGIONS.length} witnesses; p50 / p95 (distance alone), ms\n`,
);
console.log(said.join('\n'));
