/**
 * A log that two processes run on one PostgreSQL database, behind a load balancer and under load. Whoever sequences is
 * killed, or stands still until another has gone on, again and again.
 *
 *     ./tecp torture failover [--rounds 50] [--stops 100] [--seconds 60] [--seed N]
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { isWithoutBalancer, type LoadBalancer } from '#test/support/load-balancer.ts';
import { freshReceipt } from '#test/support/log.ts';
import type { Member } from '#test/support/network.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { seededRandom } from '#test/support/random.ts';
import { SharedNetwork } from '#test/support/shared-network.ts';
import { Sightings } from '#test/support/sightings.ts';
import { standStill } from '#test/support/stand-still.ts';
import { readEntries, Submitter } from '#test/support/submitter.ts';
import { PATIENT, until } from '#test/support/wait.ts';
import { ReadLog } from './read-log.ts';
import { printTable, scale } from './scale.ts';

const ROUNDS = scale('rounds', 3);
const STOPS = scale('stops', 2);
/** For how long the one that stands still does so, at least. */
const STOPPED_MS = scale('seconds', 0) * 1000;
const RATE_PER_SECOND = 60;
const LOOK_MS = 250;
const ASK_MS = 50;

let postgres: TestPostgres;
let database: string;
let shared: SharedNetwork;
let balancer: LoadBalancer;
let sightings: Sightings;
let submitter: Submitter;
let stopLooking: AbortController;
let looking: Promise<void>;

beforeEach(async () => {
  postgres = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs);
  database = await postgres.newDatabase();
  const url = postgres.url(database);
  shared = await SharedNetwork.create(url, url);
  balancer = await shared.start('haproxy');
  const { network } = shared;
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
  await balancer.stop();
  await Promise.all(shared.frontEnds.map(({ process }) => process.release()));
  await postgres.stop();
});

async function look(signal: AbortSignal): Promise<void> {
  while (await sleep(LOOK_MS, signal)) await sightings.look(shared.network);
}

async function sequencer(): Promise<Member> {
  return await until(() => shared.sequencer(), { what: 'somebody sequences' });
}

/** How long it takes until an entry is taken, in milliseconds. */
async function untilTaken(): Promise<number> {
  const startedMs = monotonicMs();
  const client = new LogClient(shared.network.log.url, { timeoutMs: 3000 });
  const entry = freshReceipt();
  await until(async () => {
    try {
      await client.submit(entry, { attempts: 1 });
      return true;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      await sleep(ASK_MS);
      return false;
    }
  });
  return monotonicMs() - startedMs;
}

/** What was answered is published, and every answered index holds its entry. */
async function expectRoundKept(log: ReadLog): Promise<void> {
  const size = submitter.answeredSize;
  const what = `${size} entries published`;
  await until(async () => (await shared.network.publishedSize()) >= size, { what });
  await log.readOn(false);
  log.expectHolds(submitter.leafAt);
  expect(submitter.violations).toEqual([]);
  expect(sightings.steps).toEqual([]);
}

async function expectAllKept(log: ReadLog): Promise<void> {
  await submitter.stop();
  await submitter.finish();
  const { network } = shared;
  await until(async () => (await network.publishedSize()) >= submitter.answeredSize);
  const size = await network.publishedSize();
  await log.readOn(true);
  log.expectHolds(submitter.leafAt);
  await submitter.proveAll();
  expect(submitter.violations).toEqual([]);
  const source = new HttpTileSource(network.log.url, PATIENT);
  expect(sightings.contradictions(await readEntries(source, size))).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
}

function percentile(times: readonly number[], share: number): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  return `${(sorted[at]! / 1000).toFixed(1)} s`;
}

/** Waits until a front end serves again, as one that follows. */
async function untilFollows(member: Member): Promise<void> {
  await member.process.until(async () => {
    const answer = await fetch(`${member.url}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
}

describe.skipIf(POSTGRES_VERSIONS.length === 0 || isWithoutBalancer('haproxy'))(
  'a log of two processes',
  () => {
    it('goes on when whoever sequences is killed', async ({ task }) => {
      const random = seededRandom(task.name);
      const log = new ReadLog(shared.network.log.url, shared.network.policy);
      const resumed: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const victim = await sequencer();
        await sleep(random.between(0, 800));
        await victim.kill();
        resumed.push(await untilTaken());
        expect(await sequencer()).not.toBe(victim);
        await victim.start();
        await untilFollows(victim);
        await expectRoundKept(log);
      }
      await expectAllKept(log);
      printTable(`kill -9 of whoever sequences, ${ROUNDS} rounds, seed ${random.seed}`, [
        ['what', 'figure'],
        ['entries are taken again, p50', percentile(resumed, 0.5)],
        ['p95', percentile(resumed, 0.95)],
        ['at most', percentile(resumed, 1)],
        ['answered entries, all kept', submitter.indexOf.size],
        ['different checkpoints seen, all consistent', sightings.count],
      ]);
    });

    it('is not written to, nor signed for, by one that stood still while another went on', async () => {
      const log = new ReadLog(shared.network.log.url, shared.network.policy);
      await noteWriters();
      const resumed: number[] = [];
      for (let round = 1; round <= STOPS; round++) {
        const stopped = await sequencer();
        const writer = await sessionOfHolder();
        const goOn = await standStill(stopped.process.pid!);
        const stoppedMs = monotonicMs();
        try {
          resumed.push(await untilTaken());
          await sleep(Math.max(0, STOPPED_MS - (monotonicMs() - stoppedMs)));
        } finally {
          await goOn();
        }
        const taken = await until(async () => {
          const now = await sessionOfHolder();
          return now !== writer && now;
        });
        await untilFollows(stopped);
        await expectRoundKept(log);
        expect(await writtenAfter(taken, writer), `round ${round}`).toEqual([]);
      }
      await expectAllKept(log);
      printTable(`SIGSTOP of whoever sequences, ${STOPS} rounds`, [
        ['what', 'figure'],
        ['entries are taken again, p50', percentile(resumed, 0.5)],
        ['at most', percentile(resumed, 1)],
        ['writes of one whose lease another had taken', 0],
        ['answered entries, all kept', submitter.indexOf.size],
      ]);
    });
  },
);

const run = (text: string) => postgres.query(text, { database });

/** From here on the database itself notes which session has written what, in which order. */
async function noteWriters(): Promise<void> {
  const noted = ['log', 'entries', 'strips', 'signed_checkpoints', 'published', 'anchors'];
  await run(`
    CREATE TABLE tecp.writes (n bigserial, pid int4, what text, fencing int8);
    CREATE FUNCTION tecp.note_write() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO tecp.writes (pid, what, fencing)
      SELECT pg_backend_pid(), TG_TABLE_NAME, fencing FROM tecp.log;
      RETURN NULL;
    END $$;
    ${noted
      .map(
        (table) =>
          `CREATE TRIGGER noted AFTER INSERT OR UPDATE ON tecp.${table}
            FOR EACH ROW EXECUTE FUNCTION tecp.note_write();`,
      )
      .join('')}`);
}

/** The process of the server that serves the session of whoever has the lease. */
async function sessionOfHolder(): Promise<number> {
  const rows = await run('SELECT session_pid FROM tecp.log');
  return rows[0]![0] as number;
}

/** What a session has written after the first write of another. */
async function writtenAfter(taken: number, writer: number): Promise<unknown[][]> {
  return await run(`
    SELECT what, n FROM tecp.writes
    WHERE pid = ${writer} AND n > (SELECT min(n) FROM tecp.writes WHERE pid = ${taken})`);
}
