/**
 * Three networks that are honest and a mess: real logs, witnesses and monitors that are restarted, have
 * slow and lossy links, or clocks that are a minute off. Every entry is proven, and nothing is raised
 * but the truth.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { ALERT_KINDS, type AlertKind } from '#monitor/judge/alert-kinds.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Alert, type Member, TestNetwork } from '#test/support/network.ts';
import { Sightings } from '#test/support/sightings.ts';
import { readEntries } from '#test/support/submitter.ts';
import { PATIENT } from '#test/support/wait.ts';
import type { Weather } from './liars/link.ts';
import { Liars } from './liars/remote.ts';
import { crossCheckSettings, monitorSettings, SHORT } from './timing.ts';
import { until } from './until.ts';

const SHIFT = new URL('../support/shifted-clock.ts', import.meta.url).href;
const ROUNDS = 6;

/** What is true of a mess: somebody was away, or what he shows has grown old meanwhile. */
const TRUE_OF_OUTAGES: readonly AlertKind[] = [
  'log-down',
  'witness-down',
  'witness-error',
  'quorum-missing',
  'monitor-lag',
];
/** No way to check, while requests get lost for longer than the short time that is allowed here. */
const UNPROVEN: readonly AlertKind[] = ['consistency-unproven', 'checkpoint-unproven'];

/** Short times make an alert of what the defaults would wait out. */
function configure(network: TestNetwork): void {
  for (const witness of network.witnesses) {
    witness.edit((config) => {
      config.cross_check = crossCheckSettings(SHORT);
    });
  }
  network.monitor.edit((config) => Object.assign(config, monitorSettings(SHORT)));
}

/** Submits receipts, each with its proof, while `meddle` makes a mess of it, round by round. */
async function live(
  network: TestNetwork,
  meddle: (round: number) => Promise<void>,
): Promise<Sightings> {
  const sightings = new Sightings(network.policy);
  const client = new LogClient(network.log.url, PATIENT);
  for (let round = 0; round < ROUNDS; round++) {
    await meddle(round);
    await until(
      async () => {
        const submitted = await client
          .submit(freshReceipt(), { waitForProof: true })
          .catch(() => undefined);
        return submitted?.proof !== undefined;
      },
      { what: `a proof in round ${round}` },
    );
    await sightings.look(network);
  }
  return sightings;
}

/** Everybody arrives at one tree, nobody has gone back, and nobody is accused. */
async function expectTruth(network: TestNetwork, sightings: Sightings): Promise<void> {
  const size = await network.publishedSize();
  await network.settled(size);
  const source = new HttpTileSource(network.log.url, PATIENT);
  expect(sightings.contradictions(await readEntries(source, size))).toEqual([]);
  // The log's own time is that of whoever cosigned in time, each by his own clock.
  expect(sightings.steps.filter((step) => !step.startsWith('log:'))).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
  const alerts = await network.alerts();
  expect(
    alerts.filter((alert) => !isTrue(alert)).map(({ kind, detail }) => [kind, detail]),
  ).toEqual([]);
  // What was said of outages is over with them.
  await until(async () => (await open(network)).length === 0, { what: 'every alert resolved' });
}

function isTrue({ kind }: Alert): boolean {
  return [...TRUE_OF_OUTAGES, ...UNPROVEN].includes(kind as AlertKind);
}

async function open(network: TestNetwork): Promise<Alert[]> {
  const { alerts } = await network.monitor.getJson<{ alerts: Alert[] }>('/v1/alerts');
  return alerts.filter(({ kind }) => !ALERT_KINDS[kind as AlertKind].permanent);
}

/** Puts a link in front of the log and of each witness, for everybody; returns what sets the weather. */
async function behindLinks(network: TestNetwork) {
  const liars = new Liars();
  onTestFinished(() => liars.process.release());
  const files = [network.policyPath, ...network.members.map(({ role }) => role.config)];
  const links = await Promise.all(
    [network.log, ...network.witnesses].map(async ({ name, role }) => {
      const link = liars.link(name);
      const { origin } = new URL(role.url);
      const { url } = await link.start();
      await link.leadTo(origin);
      for (const file of files) {
        writeFileSync(file, readFileSync(file, 'utf8').replaceAll(origin, url));
      }
      return link;
    }),
  );
  return async (weather: Weather) => {
    for (const link of links) await link.set(weather);
  };
}

describe('an honest network', () => {
  it('whose members are restarted in every way raises nothing but the truth', async () => {
    const network = await TestNetwork.create();
    configure(network);
    await network.startAll();
    const [first, second, third] = network.witnesses as [Member, Member, Member];
    const restarted = [first, network.log, second, network.monitor, third, network.log];
    const sightings = await live(network, async (round) => {
      const member = restarted[round]!;
      await member.stop(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      await member.start();
    });
    await expectTruth(network, sightings);
  });

  it('with slow links that lose and repeat requests raises nothing but the truth', async () => {
    const network = await TestNetwork.create();
    configure(network);
    const setWeather = await behindLinks(network);
    await network.startAll();
    const mess: Weather[] = [{ delayMs: 1000 }, { dropsOneOf: 4 }, { twice: true }];
    const sightings = await live(network, async (round) => {
      await setWeather({ ...mess[round % 3], ...mess[(round + 1) % 3] });
    });
    await setWeather({});
    await expectTruth(network, sightings);
  });

  it('whose clocks are a minute off raises nothing but the truth', async () => {
    const network = await TestNetwork.create();
    configure(network);
    const offsets = [0, 60_000, -60_000, 30_000, -60_000];
    for (const [i, member] of network.members.entries()) {
      const path = join(network.data, `${member.name}.clock`);
      writeFileSync(path, String(offsets[i]));
      await member.start({ NODE_OPTIONS: `--import ${SHIFT}`, TECP_TEST_CLOCK: path });
    }
    const sightings = await live(network, async () => undefined);
    await expectTruth(network, sightings);
  });
});
