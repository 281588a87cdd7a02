/**
 * A log on a PostgreSQL primary whose standby takes over: with all that was answered where the standby is synchronous,
 * and not at all where it lacks what was signed.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RemoteError } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import { monotonicMs } from '#service/schedule.ts';
import { isWithoutBalancer, type LoadBalancer } from '#test/support/load-balancer.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Member, tryGet } from '#test/support/network.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { runTecp } from '#test/support/processes.ts';
import { SharedNetwork } from '#test/support/shared-network.ts';
import { Submitter } from '#test/support/submitter.ts';
import { PATIENT, until } from '#test/support/wait.ts';

const isWithoutPostgres = POSTGRES_VERSIONS.length === 0;

let primary: TestPostgres;
let standby: TestPostgres;
let shared: SharedNetwork;
let balancer: LoadBalancer;

beforeEach(async () => {
  ({ primary, standby } = await TestPostgres.startPair(POSTGRES_VERSIONS.at(-1)!.programs));
  const database = await primary.newDatabase();
  const url = primary.urlWith(standby, database);
  shared = await SharedNetwork.create(url, url);
  balancer = await shared.start('haproxy');
});

afterEach(async () => {
  await balancer.stop();
  await Promise.all(shared.frontEnds.map(({ process }) => process.release()));
  await Promise.all([primary.stop(), standby.stop()]);
});

async function set(server: TestPostgres, name: string, value: string): Promise<void> {
  await server.query(`ALTER SYSTEM SET ${name} = '${value}'`);
  await server.query('SELECT pg_reload_conf()');
}

/** Waits until the primary says of its standby what is meant to be so; of none if undefined. */
async function replicates(state: 'sync' | 'async' | undefined): Promise<void> {
  await until(async () => {
    const rows = await primary.query('SELECT sync_state FROM pg_stat_replication');
    return rows[0]?.[0] === state;
  });
}

/** What entries are taken by, once any are. */
async function taken(url: string): Promise<number> {
  const client = new LogClient(url, PATIENT);
  const entry = freshReceipt();
  return await until(async () => {
    try {
      return (await client.submit(entry, { attempts: 1, waitForProof: true })).leaf_index;
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      return undefined;
    }
  });
}

describe.skipIf(isWithoutPostgres || isWithoutBalancer('haproxy'))(
  'a standby that is promoted',
  () => {
    it('has all that was answered if it was synchronous, and the log goes on with it', async () => {
      await set(primary, 'synchronous_standby_names', '*');
      await replicates('sync');
      const { network } = shared;
      const submitter = new Submitter({
        url: network.log.url,
        policy: network.policy,
        ratePerSecond: 100,
        proofEvery: 5,
      });
      submitter.start();
      await until(() => submitter.indexOf.size >= 100, { what: '100 answers' });
      await primary.kill();
      const before = submitter.indexOf.size;
      const promotedMs = monotonicMs();
      await standby.query('SELECT pg_promote()');
      await until(() => submitter.indexOf.size >= before + 100, { what: '100 more answers' });
      process.stderr.write(
        `\n100 entries taken ${((monotonicMs() - promotedMs) / 1000).toFixed(1)} s after the standby was promoted\n`,
      );
      await submitter.stop();
      await submitter.finish();
      await until(async () => (await network.publishedSize()) >= submitter.answeredSize);
      await submitter.expectKept(await network.publishedSize());
      await submitter.proveAll();
      expect(submitter.violations).toEqual([]);
    });

    it('ends the log if it lacks what was signed, until that has been brought back', async () => {
      const { network, frontEnds } = shared;
      const [first, second] = frontEnds as [Member, Member];
      expect(await taken(network.log.url)).toBe(0);
      await replicates('async');
      await until(
        async () => (await standby.query('SELECT 1 FROM pg_stat_wal_receiver')).length === 1,
      );
      await set(standby, 'primary_conninfo', '');
      await replicates(undefined);
      expect(await taken(network.log.url)).toBe(1);
      const mirror = join(network.data, 'mirror');
      const config = ['--config', first.role.config];
      expect((await runTecp(['log', 'export', mirror, ...config])).code).toBe(0);
      await primary.kill();
      await standby.query('SELECT pg_promote()');

      const unready = async ({ url }: Member) => {
        return await until(async () => {
          const answer = await fetch(`${url}/readyz`).catch(() => undefined);
          const text = await answer?.text();
          return answer?.status === 503 && text?.includes('tecp log recover') && text;
        });
      };
      const refuses = async ({ url }: Member) => {
        const submitting = new LogClient(url, PATIENT).submit(freshReceipt(), { attempts: 1 });
        await expect(submitting).rejects.toMatchObject({ status: 503 });
      };
      // Whoever saw it grow remembers; and whoever did not is told by its witnesses.
      for (const frontEnd of frontEnds)
        expect(await unready(frontEnd)).toMatch(
          /the log has committed size|has signed size|holds a checkpoint/,
        );
      for (const frontEnd of frontEnds) await refuses(frontEnd);
      await Promise.all(frontEnds.map((frontEnd) => frontEnd.stop()));
      await second.start();
      await unready(second);
      await refuses(second);
      const rows = await standby.query('SELECT max(size) FROM tecp.signed_checkpoints', {
        database: 'test_1',
      });
      expect(Number(rows[0]![0])).toBeLessThan(2);
      await second.stop();

      const recovered = await runTecp(['log', 'recover', '--from', mirror, ...config]);
      expect(recovered.stderr).toMatch(/Recovered entries 1 to 1/);
      await Promise.all(frontEnds.map((frontEnd) => frontEnd.start()));
      expect(await taken(network.log.url)).toBe(2);
      const note = await until(() => tryGet(`${second.url}/checkpoint`));
      const { key } = network.policy.logs[0]!;
      expect(openCheckpoint(note, logOf(key)).checkpoint.size).toBe(3);
      for (const member of [network.monitor, ...network.witnesses]) {
        expect(await member.getJson('/evidence'), member.name).toEqual([]);
      }
    });
  },
);
