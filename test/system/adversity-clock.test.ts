/**
 * Clocks that are wrong by an hour, and clocks that jump by up to a day while everything runs: nobody is
 * accused, nobody stops, and no witness ever signs an earlier time than it did before.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { sleep } from '#service/schedule.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Member, TestNetwork } from '#test/support/network.ts';
import { seededRandom } from '#test/support/random.ts';
import { Sightings } from '#test/support/sightings.ts';
import { PATIENT } from '#test/support/wait.ts';

const HOUR_MS = 3600 * 1000;
const DAY_MS = 24 * HOUR_MS;
const SHIFT = new URL('../support/shifted-clock.ts', import.meta.url).href;
/** What a monitor may say when clocks differ: that, and what looks too old. Not that anybody lied. */
const HARMLESS = ['checkpoint-stale', 'witness-stale', 'clock-skew'];
const JUMPS = 24;

/** Clocks of the members of a network, each a file that says how far it is off. */
class Clocks {
  readonly #folder: string;

  constructor(network: TestNetwork) {
    this.#folder = network.data;
  }

  set(member: Member, offsetMs: number): void {
    writeFileSync(this.#path(member), String(offsetMs));
  }

  async start(member: Member): Promise<void> {
    await member.start({ NODE_OPTIONS: `--import ${SHIFT}`, TECP_TEST_CLOCK: this.#path(member) });
  }

  #path(member: Member): string {
    return join(this.#folder, `${member.name}.clock`);
  }
}

/** Submits a receipt that is fresh by the clock of the log, and waits for its proof. */
async function submitAt(network: TestNetwork, sightings: Sightings, offsetMs: number) {
  await network.takesEntries();
  const entry = freshReceipt({ ts: Date.now() + offsetMs });
  const client = new LogClient(network.log.url, PATIENT);
  const { proof } = await client.submit(entry, { waitForProof: true });
  expect(proof).toBeDefined();
  await sightings.look(network);
}

/** The log does live at the other time: half an hour after that is the future. */
async function expectClockOf(network: TestNetwork, offsetMs: number): Promise<void> {
  await network.takesEntries();
  const client = new LogClient(network.log.url, PATIENT);
  const entry = freshReceipt({ ts: Date.now() + offsetMs + HOUR_MS / 2 });
  const refusal = await client.submit(entry).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(RemoteError);
  expect(JSON.parse((refusal as RemoteError).body!)).toMatchObject({ code: 'E-TS-002' });
}

async function expectNobodyAccused(network: TestNetwork, sightings: Sightings): Promise<void> {
  for (const { process } of network.members) expect(process.isRunning, process.name).toBe(true);
  expect(sightings.steps).toEqual([]);
  const alerts = network.unexplained(await network.alerts());
  expect(alerts.filter(({ kind }) => !HARMLESS.includes(kind))).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
}

it('works with clocks that are an hour ahead and an hour behind', async () => {
  const network = await TestNetwork.create();
  const sightings = new Sightings(network.policy);
  const clocks = new Clocks(network);
  const [first, second, third] = network.witnesses as [Member, Member, Member];
  // All sides of each pair: log and witness, witness and witness, monitor and everybody.
  for (const [log, monitor] of [
    [HOUR_MS, -HOUR_MS],
    [-HOUR_MS, HOUR_MS],
  ] as const) {
    clocks.set(network.log, log);
    clocks.set(network.monitor, monitor);
    clocks.set(first, 0);
    clocks.set(second, HOUR_MS);
    clocks.set(third, -HOUR_MS);
    await Promise.all(network.members.map((member) => clocks.start(member)));
    await expectClockOf(network, log);
    for (let i = 0; i < 3; i++) await submitAt(network, sightings, log);
    await network.settled(await network.publishedSize());
    await expectNobodyAccused(network, sightings);
    await Promise.all(network.members.map((member) => member.stop()));
  }
});

it('works with clocks that jump while it runs', async () => {
  const random = seededRandom('clock jumps');
  const network = await TestNetwork.create();
  const sightings = new Sightings(network.policy);
  const clocks = new Clocks(network);
  const offsets = new Map(network.members.map((member) => [member, 0]));
  for (const member of network.members) clocks.set(member, 0);
  await Promise.all(network.members.map((member) => clocks.start(member)));
  for (let jump = 0; jump < JUMPS; jump++) {
    const member = random.pick(network.members);
    const offsetMs = random.pick([-DAY_MS, -HOUR_MS, 0, HOUR_MS, DAY_MS]);
    offsets.set(member, offsetMs);
    clocks.set(member, offsetMs);
    // A restart must not forget the time that was signed last.
    if (jump % 6 === 5) {
      await member.stop(random.pick(['SIGTERM', 'SIGKILL']));
      await clocks.start(member);
    }
    await sleep(50);
    await submitAt(network, sightings, offsets.get(network.log)!);
  }
  const size = await network.publishedSize();
  expect(size).toBe(JUMPS);
  await network.settled(size);
  await expectNobodyAccused(network, sightings);
});
