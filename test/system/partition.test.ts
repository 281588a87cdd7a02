/** A log of two processes whose ways to their PostgreSQL server are cut, slow, or taken by others. */
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { checkLog, type LogProblem } from '#client/check-log.ts';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { isWithoutBalancer, type LoadBalancer } from '#test/support/load-balancer.ts';
import { freshReceipt } from '#test/support/log.ts';
import type { Member } from '#test/support/network.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { PostgresProxy } from '#test/support/postgres-proxy.ts';
import { SharedNetwork } from '#test/support/shared-network.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const isWithoutPostgres = POSTGRES_VERSIONS.length === 0;
const CONNECTIONS = 40;

let postgres: TestPostgres;
let ways: readonly [PostgresProxy, PostgresProxy];
let shared: SharedNetwork;
let balancer: LoadBalancer;

beforeEach(async () => {
  const { programs } = POSTGRES_VERSIONS.at(-1)!;
  postgres = await TestPostgres.start(programs, { max_connections: String(CONNECTIONS) });
  const database = await postgres.newDatabase();
  ways = [await PostgresProxy.start(postgres), await PostgresProxy.start(postgres)];
  shared = await SharedNetwork.create(ways[0].url(database), ways[1].url(database));
  balancer = await shared.start('haproxy');
});

afterEach(async () => {
  for (const way of ways) way.mend();
  await balancer.stop();
  await Promise.all(shared.frontEnds.map(({ process }) => process.release()));
  await Promise.all(ways.map((way) => way.stop()));
  await postgres.stop();
});

/** The index of a fresh entry with its proof; undefined if it is refused for now, which is the only way to say no. */
async function submit({ url }: Pick<Member, 'url'>): Promise<number | undefined> {
  try {
    const client = new LogClient(url, PATIENT);
    return (await client.submit(freshReceipt(), { attempts: 1, waitForProof: true })).leaf_index;
  } catch (error) {
    const isExpected = error instanceof RemoteError && (error.status ?? 503) === 503;
    if (!isExpected) throw error;
    return undefined;
  }
}

const taken = (member: Pick<Member, 'url'>) => until(() => submit(member));

async function sequencer(): Promise<Member> {
  return await until(() => shared.sequencer(), { what: 'somebody sequences' });
}

/** What an audit finds once all can be read: each thread that reads looks for a connection again by itself. */
async function problems(): Promise<readonly LogProblem[]> {
  const { network } = shared;
  return await until(async () => {
    const report = await checkLog(new HttpTileSource(network.log.url, PATIENT), {
      policy: network.policy,
      entryTypes: entryTypes(['tecp-receipt']),
    });
    return report.problems.every(({ kind }) => kind !== 'unavailable') && report.problems;
  });
}

async function expectSound(): Promise<void> {
  const { network } = shared;
  expect(await problems()).toEqual([]);
  for (const member of [network.monitor, ...network.witnesses]) {
    expect(await member.getJson('/evidence'), member.name).toEqual([]);
  }
}

describe.skipIf(isWithoutPostgres || isWithoutBalancer('haproxy'))('PostgreSQL', () => {
  it('that the sequencer does not reach is written to by the other, and by the first no more', async () => {
    const { frontEnds } = shared;
    const first = await sequencer();
    const other = frontEnds.find((frontEnd) => frontEnd !== first)!;
    const before = [await taken(first), await taken(other)];
    const way = ways[frontEnds.indexOf(first)]!;
    way.cut();
    const during = [await taken(other), await taken(other)];
    await until(async () => (await shared.sequencer()) === other);
    way.mend();
    const after = [await taken(other), await taken(first)];
    const indices = [...before, ...during, ...after];
    expect(indices).toEqual(indices.toSorted((a, b) => a - b));
    expect(new Set(indices).size).toBe(indices.length);
    expect(await sequencer()).toBe(other);
    await expectSound();
  });

  it('that takes a fifth of a second for each statement makes the log slow, and nothing else', async () => {
    const first = await sequencer();
    for (const way of ways) way.delayMs = 100;
    const indices = await Promise.all(
      Array.from({ length: 40 }, (_, i) => taken(shared.frontEnds[i % 2]!)),
    );
    expect(new Set(indices).size).toBe(40);
    expect(await sequencer()).toBe(first);
    for (const way of ways) way.delayMs = 0;
    await expectSound();
  });

  it('that has no connection left says so, and all goes on when it has', async () => {
    await taken(shared.network.log);
    const clients: Client[] = [];
    const endAll = async () => {
      await Promise.all(clients.splice(0).map((client) => client.end()));
    };
    onTestFinished(endAll);
    for (;;) {
      const client = new Client({ host: postgres.folder, user: 'postgres', ssl: false });
      client.on('error', () => undefined);
      try {
        await client.connect();
        clients.push(client);
      } catch (error) {
        expect(error).toMatchObject({ code: '53300' });
        break;
      }
    }
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, i) => submit(shared.frontEnds[i % 2]!)),
    );
    const given = outcomes.filter((index) => index !== undefined);
    expect(new Set(given).size).toBe(given.length);
    await endAll();
    await taken(shared.network.log);
    await expectSound();
  });
});
