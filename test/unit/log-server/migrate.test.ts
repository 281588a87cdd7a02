/** A log that moves into another store: all of it, once, and always in exactly one place. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import { migrateLog } from '#log-server/recovery/migrate.ts';
import { locateStore, openStore } from '#log-server/store/open-store.ts';
import type { LogStore } from '#log-server/store/store.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { writeSignerKey } from '#service/keys.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { ROOT } from '#test/support/processes.ts';
import { tempFolder } from '#test/support/temp.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { batchOf, newEntries, signedHead } from './batches.ts';

const identity = identityOf(logKey());
const quiet = { onProgress: () => undefined, onChecked: () => undefined };
const copying = { ...quiet, check: expectStoreSound };

let folder: string;
let log: { key: string; database: string };
let to: string;

beforeEach(async () => {
  folder = tempFolder();
  log = { key: join(folder, 'log.key'), database: join(folder, 'log.db') };
  to = join(folder, 'new.db');
  writeSignerKey(log.key, logKey());
  await locateStore(log).create(identity);
  await using(log.database, async ({ writer }) => {
    const one = batchOf(TileBuilder.empty(), newEntries(0, 200)).grown;
    const two = batchOf(one, newEntries(200, 300)).grown;
    await writer.sequence(newEntries(0, 200));
    await writer.recordSigned(signedHead(one), undefined);
    await writer.recordPublished('one', 200, [{ size: 200, note: 'one' }]);
    await writer.sequence(newEntries(200, 300));
    await writer.recordSigned(signedHead(two), 200);
    await writer.recordPublished(signedHead(two).note, 300, [{ size: 300, note: 'two' }]);
    await writer.sequence(newEntries(300, 310));
  });
});

async function using(database: string, work: (store: LogStore) => Promise<void>): Promise<void> {
  const store = await openStore({ database }, identity, () => undefined);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** Leaves a rollback journal beside a file, as a process does that is killed in the middle of a write. */
function killedInTransaction(database: string): void {
  const script = `
    const db = new (require('better-sqlite3'))(process.argv[1]);
    // More than the cache has room for, so that some of it is in the file.
    db.exec('PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE half (x)');
    const insert = db.prepare('INSERT INTO half VALUES (randomblob(8000))');
    for (let i = 0; i < 99; i++) insert.run();
    process.kill(process.pid, 'SIGKILL');`;
  spawnSync(process.execPath, ['-e', script, database], { cwd: ROOT });
}

const nothing = async () => undefined;
const isRefused = (database: string) =>
  expect(using(database, nothing)).rejects.toBeInstanceOf(ConfigError);

async function expectWhole(database: string): Promise<void> {
  await using(database, async ({ reader, writer }) => {
    await expectStoreSound(reader);
    expect((await reader.treeHead()).size).toBe(310);
    expect((await reader.signedAfter(-1, 9)).map(({ size }) => size)).toEqual([200, 300]);
    expect([await reader.anchor(200), await reader.anchor(300)]).toEqual([
      { size: 200, note: 'one' },
      { size: 300, note: 'two' },
    ]);
    expect(await reader.published()).toContain('log.example/test\n300\n');
    const { results } = await writer.sequence(newEntries(309, 311));
    expect(results.map(({ index }) => index)).toEqual([309, 310]);
  });
}

describe('a log that moves', () => {
  it('has all that it had, and is no longer where it was, which says so', async () => {
    expect(await migrateLog(log, to, quiet)).toEqual({ size: 310, before: false });
    await expect(using(log.database, nothing)).rejects.toThrow(`has moved from ${log.database} to`);
    expect(await migrateLog(log, to, quiet)).toEqual({ size: 310, before: true });
    await expectWhole(to);
    expect(existsSync(`${to}.migrating`)).toBe(false);
    const elsewhere = migrateLog(log, join(folder, 'other.db'), quiet);
    await expect(elsewhere).rejects.toThrow(/has moved from .* before/);
    const back = { ...log, database: to };
    await expect(migrateLog(back, log.database, quiet)).rejects.toThrow(/There is a log at/);
  });

  it('that is frozen stays frozen', async () => {
    await using(log.database, ({ writer }) => writer.freeze());
    await migrateLog(log, to, quiet);
    await using(to, async ({ reader, writer }) => {
      expect((await reader.state()).isFrozen).toBe(true);
      const more = writer.sequence(newEntries(400, 401));
      await expect(more).rejects.toMatchObject({ kind: 'frozen' });
    });
  });

  it('does not while it runs, nor onto itself or another log', async () => {
    await using(log.database, async () => {
      await expect(migrateLog(log, to, quiet)).rejects.toBeInstanceOf(ConfigError);
    });
    await expect(migrateLog(log, log.database, quiet)).rejects.toThrow(/is at .* already/);
    const other = identityOf(logKey('log.example/other'));
    await locateStore({ database: to }).create(other);
    await expect(migrateLog(log, to, quiet)).rejects.toBeInstanceOf(ConfigError);
    await using(log.database, nothing);
  });

  it('is where it was until the old store says that it has gone', async () => {
    await leaveUnfinished();
    await isRefused(to);
    await using(log.database, nothing);
    // What a run that was killed has left is taken, if it is still what the log has.
    expect(await migrateLog(log, to, quiet)).toMatchObject({ before: false });
    await isRefused(log.database);
    await expectWhole(to);
  });

  it('does not take what was left of an earlier run, once the log has grown', async () => {
    await leaveUnfinished();
    await using(log.database, async ({ writer }) => {
      await writer.sequence(newEntries(310, 311));
    });
    await expect(migrateLog(log, to, quiet)).rejects.toThrow(/another tree.*remove it/);
    await isRefused(to);
    await using(log.database, nothing);
  });

  it('is in the new store from that moment on, whoever was killed before he said so there', async () => {
    await leaveUnfinished();
    await using(log.database, ({ writer }) => writer.moveTo(to));
    await isRefused(log.database);
    await expectWhole(to);
  });

  it('is there also where somebody was killed while he wrote it, so that it cannot only be read', async () => {
    await leaveUnfinished();
    await using(log.database, ({ writer }) => writer.moveTo(to));
    killedInTransaction(to);
    expect(existsSync(`${to}-journal`)).toBe(true);
    await expectWhole(to);
  });
});

/** As a run that was killed before the old store says that the log has gone. */
async function leaveUnfinished(): Promise<void> {
  const file = join(folder, 'copy');
  await locateStore(log).backUp(identity, file, { ...copying, replace: false });
  const arriving = { ...copying, arrivingFrom: log.database };
  await locateStore({ database: to }).restore(identity, file, arriving);
}

describe.skipIf(POSTGRES_VERSIONS.length === 0)('with PostgreSQL', () => {
  const server = usePostgres();
  it('a log moves there and back', async () => {
    const url = server().url(await server().newDatabase());
    await migrateLog(log, url, quiet);
    await isRefused(log.database);
    await using(url, async ({ reader }) => expectStoreSound(reader));
    await migrateLog({ ...log, database: url }, to, quiet);
    await isRefused(url);
    await expectWhole(to);
  });

  it('a log is there from the moment on at which the file says so', async () => {
    const url = server().url(await server().newDatabase());
    const there = locateStore({ database: url });
    const file = join(folder, 'copy');
    await locateStore(log).backUp(identity, file, { ...copying, replace: false });
    await there.restore(identity, file, { ...copying, arrivingFrom: log.database });
    await isRefused(url);
    await using(log.database, ({ writer }) => writer.moveTo(there.name));
    await expectWhole(url);
  });
});
