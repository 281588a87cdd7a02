/** Versions of the schema in PostgreSQL: forward, back as documented, newer ones, and one of several logs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import { migrate, schemaVersion } from '#log-server/store/postgres/migrate.ts';
import { Primary } from '#log-server/store/postgres/primary.ts';
import { POSTGRES_MIGRATIONS } from '#log-server/store/postgres/schema.ts';
import type { Session } from '#log-server/store/postgres/session.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { ConfigError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { newEntry } from './batches.ts';
import { fill, identity, usePlaces } from './postgres-places.ts';

const failed = { name: 'StoreError', kind: 'failed' };
const quiet = { onProgress: () => undefined, check: expectStoreSound };

describe.skipIf(POSTGRES_VERSIONS.length === 0)('the schema of a PostgreSQL store', () => {
  const { server, newPlace, openAt } = usePlaces();

  const session = async (database: string) =>
    await new Primary(parsePostgresUrl(server().url(database))).connect('test');
  async function withSession<T>(database: string, work: (one: Session) => Promise<T>) {
    const one = await session(database);
    try {
      return await work(one);
    } finally {
      await one.close();
    }
  }
  const NEXT = [...POSTGRES_MIGRATIONS, 'ALTER TABLE log ADD COLUMN later int8 DEFAULT 7'];

  it('goes forward with all that is in it, once, however many begin to', async () => {
    const { database, location } = await newPlace();
    const store = await openAt(location);
    await fill(store);
    const before: number[] = [];
    const bring = () =>
      withSession(database, (one) =>
        migrate(one, 'tecp', async (version) => void before.push(version), NEXT),
      );
    await Promise.all([bring(), bring(), bring()]);
    const { length } = NEXT;
    expect(before.sort()).toEqual([length - 1, length, length]);
    expect(await server().query('SELECT later, size FROM tecp.log', { database })).toEqual([
      ['7', '20'],
    ]);
    await expectStoreSound(store.reader);
  });

  it('goes back as the documentation says, and forward again, with all that is in it', async () => {
    const { database, location } = await newPlace();
    await fill(await openAt(location));
    const page = readFileSync(new URL('../../../docs/STORAGE.md', import.meta.url), 'utf8');
    const back = /```sql\n([^`]+)```/.exec(page)?.[1];
    await server().query(back!, { database });
    await expect(location.openReader(identity)).rejects.toThrow(/older version/);
    // What each process of a log does at its start, before any of them has the lease.
    const reader = await location.shared.openReader(identity);
    await reader.close();
    const store = await openAt(location);
    const columns = (name: string) =>
      server().query(
        `SELECT column_name FROM information_schema.columns
         WHERE table_schema = '${name}' AND table_name = 'log' ORDER BY 1`,
        { database },
      );
    await new PostgresLocation(`${server().url(database)}?schema=fresh`).create(identity);
    expect(await columns('tecp')).toEqual(await columns('fresh'));
    await store.writer.sequence([newEntry('later')]);
    await expectStoreSound(store.reader);
  });

  it('stays as it was when a step fails', async () => {
    const database = await server().newDatabase();
    await new PostgresLocation(server().url(database)).create(identity);
    const broken = [...NEXT, 'SELECT 1 / 0'];
    const bring = withSession(database, (one) =>
      migrate(one, 'tecp', async () => undefined, broken),
    );
    await expect(bring).rejects.toMatchObject(failed);
    expect(await withSession(database, (one) => schemaVersion(one, 'tecp'))).toBe(
      POSTGRES_MIGRATIONS.length,
    );
    await expect(server().query('SELECT later FROM tecp.log', { database })).rejects.toThrow();
  });

  it('of a newer version of the program is refused', async () => {
    const { database, location } = await newPlace();
    await server().query('UPDATE tecp.schema_version SET version = 99', { database });
    for (const use of [
      () => location.open(identity, () => undefined),
      () => location.openReader(identity),
      () => location.create(identity),
      () => location.backUp(identity, join(tempFolder(), 'copy'), { ...quiet, replace: false }),
    ]) {
      await expect(use()).rejects.toBeInstanceOf(ConfigError);
    }
  });

  it('may be one that was made for it, beside those of other logs', async () => {
    const database = await server().newDatabase();
    await server().query('CREATE SCHEMA given AUTHORIZATION log', { database });
    const given = new PostgresLocation(`${server().url(database, 'log')}?schema=given`);
    await given.create(identity);
    const other = new PostgresLocation(`${server().url(database, 'log')}?schema=other`);
    // Whoever may make nothing in the database is told so.
    await expect(other.create(identity)).rejects.toBeInstanceOf(ConfigError);
    expect(await given.exists()).toBe(true);
    expect(await other.exists()).toBe(false);
  });
});
