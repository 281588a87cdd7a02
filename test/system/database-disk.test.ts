/**
 * A PostgreSQL server whose disk is really full (a small file system of its own, which takes root): first for its tables,
 * then for its write-ahead log, of which it dies.
 */
import { beforeEach, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { toHex } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { policyOf } from '#test/support/fake-witness.ts';
import { problemOf } from '#test/support/http.ts';
import { logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { canMount, SmallDisk } from '#test/support/small-disk.ts';
import { SteeredLog } from '#test/support/steered-log.ts';
import { Submitter } from '#test/support/submitter.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { PATIENT, until } from '#test/support/wait.ts';

/** Enough for a server that has just been made, and a few of the 16 MiB in which it writes ahead. */
const MEGABYTES = 192;

const isLeftOut = POSTGRES_VERSIONS.length === 0 || !canMount();

let disk: SmallDisk;
let postgres: TestPostgres;
let log: SteeredLog;

beforeEach(async () => {
  disk = SmallDisk.mount(memoryFolder(), MEGABYTES)!;
  // It keeps no more of its write-ahead log than it has to: what is kept is room that nobody sees.
  const settings = { min_wal_size: '32MB', max_wal_size: '32MB' };
  postgres = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs, settings, disk.folder);
  const database = postgres.url(await postgres.newDatabase());
  log = await SteeredLog.create({ database, high_water_mark: 'mark' });
  return async () => {
    await log.stop();
    await postgres.stop();
    disk.unmount();
  };
});

it.skipIf(isLeftOut)('takes no entry meanwhile, answers reads, and goes on by itself', async () => {
  await log.start('init');
  await log.takesEntries();
  const [known] = await log.growBy(30);
  const policy = parsePolicy(`log ${logKey().verifier.text}\n${policyOf(log.witnesses, 2)}`);
  const submitter = new Submitter({ url: log.url, policy, ratePerSecond: 50, proofEvery: 0 });
  submitter.start();
  const gets = async (path: string) => (await fetch(`${log.url}${path}`)).status;
  const hash = toHex(leafHash(known!));
  const grows = async () => {
    const before = submitter.indexOf.size;
    await until(() => submitter.indexOf.size > before + 20, { what: 'entries are taken again' });
  };
  await grows();

  disk.fill();
  await until(async () => {
    const refused = await log.submit();
    const { status } = refused;
    if (status === 200) return false;
    expect([status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
    return (await problemOf(refused)).code === 'storage-full';
  });
  await until(async () => (await gets('/readyz')) === 503, { what: 'trouble' });
  expect([await gets('/checkpoint'), await gets(`/v1/log/proof?leaf=${hash}`)]).toEqual([200, 200]);
  disk.makeRoom();
  await grows();

  disk.fill();
  const logged = "SELECT pg_switch_wal() FROM pg_logical_emit_message(false, '', 'some')";
  await until(
    async () =>
      await postgres.query(logged).then(
        () => false,
        () => true,
      ),
    {
      what: 'the end of the server',
    },
  );
  const refused = await until(async () => {
    const answer = await log.submit();
    return answer.status !== 200 && answer;
  });
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  disk.makeRoom();
  await postgres.revive();
  await grows();

  await submitter.stop();
  await submitter.finish();
  expect(log.process.isRunning).toBe(true);
  const shown = async () =>
    Number((await (await fetch(`${log.url}/checkpoint`)).text()).split('\n')[1]);
  await until(async () => (await shown()) >= submitter.answeredSize);
  await submitter.expectKept(await shown());
  const report = await checkLog(new HttpTileSource(log.url, PATIENT), {
    policy,
    entryTypes: entryTypes(['tecp-receipt']),
  });
  expect(report.problems).toEqual([]);
});
