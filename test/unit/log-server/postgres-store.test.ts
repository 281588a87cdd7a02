/** What PostgreSQL adds to the contract of a store: rights, versions of the schema, copies, and ways to fail. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreCopy } from '#log-server/mirror/store-copy.ts';
import { readOverview } from '#log-server/store/postgres/lease.ts';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import { migrate, schemaVersion } from '#log-server/store/postgres/migrate.ts';
import { ReaderPool } from '#log-server/store/postgres/pool.ts';
import { Primary } from '#log-server/store/postgres/primary.ts';
import { checkDurability } from '#log-server/store/postgres/rights.ts';
import { POSTGRES_MIGRATIONS } from '#log-server/store/postgres/schema.ts';
import type { Queries, Session } from '#log-server/store/postgres/session.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { SqliteLocation } from '#log-server/store/sqlite/location.ts';
import { SqliteReader } from '#log-server/store/sqlite/reader.ts';
import type { LogStore } from '#log-server/store/store.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError, PassingError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually, until } from '#test/support/wait.ts';
import { batchOf, newEntries, newEntry, signedHead } from './batches.ts';

const key = logKey();
const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };
const failed = { name: 'StoreError', kind: 'failed' };
const conflict = { name: 'StoreError', kind: 'conflict' };
const quiet = { onProgress: () => undefined, check: expectStoreSound };
const newest = POSTGRES_VERSIONS.at(-1);

describe.skipIf(newest === undefined)('the PostgreSQL store', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await TestPostgres.start(newest!.programs);
    await server.query('CREATE ROLE owner LOGIN; CREATE ROLE log LOGIN');
  });
  afterAll(async () => {
    await server?.stop();
  });

  const open: LogStore[] = [];
  const openAt = async (location: PostgresLocation): Promise<LogStore> => {
    const store = await location.open(identity, () => undefined);
    open.push(store);
    return store;
  };
  afterAll(async () => {
    for (const store of open) await store.close();
  });

  /** A log of 20 entries, with one of everything else. */
  async function fill(store: LogStore, from = 0): Promise<void> {
    await store.writer.sequence(newEntries(from, 20));
    const { grown } = batchOf(TileBuilder.empty(), newEntries(0, 20));
    const { note } = signedHead(grown);
    await store.writer.recordSigned(signedHead(grown), undefined);
    await store.writer.recordPublished(note, 20, [{ size: 20, note }]);
  }

  /** Where the tables belong to `owner`, and the log runs as `log`. */
  async function ownedPlace() {
    const database = await server.newDatabase();
    await server.query(`GRANT CREATE ON DATABASE ${database} TO owner`);
    const location = new PostgresLocation(server.url(database, 'log'), 'owner');
    await location.create(identity);
    const as = (user: string) => (text: string) =>
      server.query(`SET search_path = tecp; ${text}`, { database, user });
    return { database, location, as };
  }

  describe('is append-only', () => {
    const FORBIDDEN = [
      ...['entries', 'signed_checkpoints', 'anchors', 'strips', 'log', 'published'].flatMap(
        (table) => [`DELETE FROM ${table}`, `TRUNCATE ${table} CASCADE`],
      ),
      "UPDATE entries SET bytes = ''",
      'UPDATE entries SET idx = idx + 100',
      "UPDATE signed_checkpoints SET note = ''",
      "UPDATE anchors SET note = ''",
      'UPDATE published SET size = size - 1',
      'UPDATE strips SET hashes = substring(hashes FROM 1 FOR 32)',
      'UPDATE strips SET hashes = sha256(hashes)',
      'UPDATE strips SET idx = idx + 1',
      'UPDATE log SET size = size - 1',
      'UPDATE log SET fencing = fencing - 1',
      "UPDATE log SET root = sha256('x')",
      "UPDATE log SET origin = 'other'",
      'INSERT INTO entries (idx, bytes) SELECT idx + 100, bytes FROM entries',
      'INSERT INTO log SELECT 2, origin, verifier_key, size, root, fencing FROM log',
      'INSERT INTO anchors SELECT * FROM anchors ON CONFLICT (size) DO UPDATE SET size = 1',
    ];

    it('for the owner of its tables, by triggers that no session turns off', async () => {
      const { location, as } = await ownedPlace();
      await fill(await openAt(location));
      for (const text of FORBIDDEN) {
        await expect(as('owner')(text), text).rejects.toMatchObject({
          code: expect.stringMatching(/^23/),
        });
      }
      const replica = 'SET session_replication_role = replica; DELETE FROM entries';
      await expect(as('postgres')(replica)).rejects.toMatchObject({ code: '23001' });
      await expectStoreSound(open.at(-1)!.reader);
    });

    it('and ended, for whoever has it open', async () => {
      const { location, as } = await ownedPlace();
      const store = await openAt(location);
      const { writer } = store;
      await fill(store);
      await writer.freeze();
      const refused = async (...texts: string[]) => {
        for (const text of texts) {
          for (const user of ['owner', 'log']) {
            await expect(as(user)(text), text).rejects.toMatchObject({ code: '23001' });
          }
        }
      };
      await refused(
        "INSERT INTO entries VALUES (20, 'new')",
        'INSERT INTO strips SELECT level + 1, idx, hashes FROM strips',
        'UPDATE strips SET hashes = hashes || sha256(hashes) WHERE level = 0 AND idx = 1',
        "UPDATE log SET size = 21, root = sha256('x')",
        'UPDATE log SET frozen = false',
      );
      await writer.moveTo('elsewhere');
      await refused(
        "INSERT INTO signed_checkpoints VALUES (21, sha256('x'), 'note')",
        "INSERT INTO anchors VALUES (21, 'note')",
        "UPDATE published SET size = 21, note = 'note'",
        'UPDATE log SET fencing = fencing + 1',
        'UPDATE log SET moved_to = NULL',
      );
    });

    it('for the role that the log runs as, which may not even try', async () => {
      const { location, as } = await ownedPlace();
      const store = await openAt(location);
      expect(store.caution).toBeUndefined();
      await fill(store);
      for (const text of FORBIDDEN) {
        await expect(as('log')(text), text).rejects.toMatchObject({
          code: expect.stringMatching(/^(42501|23)/),
        });
      }
      const more = [
        'ALTER TABLE entries DISABLE TRIGGER ALL',
        'DROP TRIGGER append_only ON entries',
        'DROP TABLE entries CASCADE',
        'CREATE TABLE other ()',
        'DROP INDEX entries_leaf_hash',
        'UPDATE schema_version SET version = 0',
        'CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE sql AS $$ SELECT 1 $$',
        'SET ROLE owner',
      ];
      for (const text of more) {
        await expect(as('log')(text), text).rejects.toMatchObject({ code: '42501' });
      }
      await expectStoreSound(store.reader);
    });

    it('and says at each start where only triggers see to it', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      expect((await openAt(location)).caution).toMatch(/only triggers/);
    });

    it('refuses a hash that is in the log, whatever a writer says that it is', async () => {
      const database = await server.newDatabase();
      const location = new PostgresLocation(server.url(database));
      await location.create(identity);
      await fill(await openAt(location));
      const twice = "INSERT INTO tecp.entries VALUES (20, 'entry 7')";
      await expect(server.query(twice, { database })).rejects.toMatchObject({
        code: '23505',
        constraint: 'entries_leaf_hash',
      });
    });
  });

  describe('its schema', () => {
    const session = async (database: string) =>
      await new Primary(parsePostgresUrl(server.url(database))).connect('test');
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
      const database = await server.newDatabase();
      const location = new PostgresLocation(server.url(database));
      await location.create(identity);
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
      expect(await server.query('SELECT later, size FROM tecp.log', { database })).toEqual([
        ['7', '20'],
      ]);
      await expectStoreSound(store.reader);
    });

    it('goes back as the documentation says, and forward again, with all that is in it', async () => {
      const database = await server.newDatabase();
      const location = new PostgresLocation(server.url(database));
      await location.create(identity);
      await fill(await openAt(location));
      const page = readFileSync(new URL('../../../docs/STORAGE.md', import.meta.url), 'utf8');
      const back = /```sql\n([^`]+)```/.exec(page)?.[1];
      await server.query(back!, { database });
      await expect(location.openReader(identity)).rejects.toThrow(/older version/);
      // What each process of a log does at its start, before any of them has the lease.
      const reader = await location.shared.openReader(identity);
      await reader.close();
      const store = await openAt(location);
      const columns = (name: string) =>
        server.query(
          `SELECT column_name FROM information_schema.columns
           WHERE table_schema = '${name}' AND table_name = 'log' ORDER BY 1`,
          { database },
        );
      await new PostgresLocation(`${server.url(database)}?schema=fresh`).create(identity);
      expect(await columns('tecp')).toEqual(await columns('fresh'));
      await store.writer.sequence([newEntry('later')]);
      await expectStoreSound(store.reader);
    });

    it('stays as it was when a step fails', async () => {
      const database = await server.newDatabase();
      await new PostgresLocation(server.url(database)).create(identity);
      const broken = [...NEXT, 'SELECT 1 / 0'];
      const bring = withSession(database, (one) =>
        migrate(one, 'tecp', async () => undefined, broken),
      );
      await expect(bring).rejects.toMatchObject(failed);
      expect(await withSession(database, (one) => schemaVersion(one, 'tecp'))).toBe(
        POSTGRES_MIGRATIONS.length,
      );
      await expect(server.query('SELECT later FROM tecp.log', { database })).rejects.toThrow();
    });

    it('of a newer version of the program is refused', async () => {
      const database = await server.newDatabase();
      const location = new PostgresLocation(server.url(database));
      await location.create(identity);
      await server.query('UPDATE tecp.schema_version SET version = 99', { database });
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
      const database = await server.newDatabase();
      await server.query('CREATE SCHEMA given AUTHORIZATION log', { database });
      const given = new PostgresLocation(`${server.url(database, 'log')}?schema=given`);
      await given.create(identity);
      const other = new PostgresLocation(`${server.url(database, 'log')}?schema=other`);
      // Whoever may make nothing in the database is told so.
      await expect(other.create(identity)).rejects.toBeInstanceOf(ConfigError);
      expect(await given.exists()).toBe(true);
      expect(await other.exists()).toBe(false);
    });
  });

  describe('its copies', () => {
    it('are databases of SQLite, and become stores of either kind with all that they had', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      const store = await openAt(location);
      await fill(store);
      const file = join(tempFolder(), 'copy');
      await location.backUp(identity, file, { ...quiet, replace: false });
      const path = join(tempFolder(), 'log.db');
      await new SqliteLocation(path).restore(identity, file, quiet);
      const sqlite = SqliteReader.openAlone(path, identity);
      const elsewhere = new PostgresLocation(server.url(await server.newDatabase()));
      await elsewhere.restore(identity, file, quiet);
      const postgres = await elsewhere.openReader(identity);
      for (const reader of [sqlite, postgres]) {
        expect(await reader.lastSigned()).toEqual(await store.reader.lastSigned());
        expect(await reader.published()).toBe(await store.reader.published());
        expect(await reader.anchor(20)).toEqual(await store.reader.anchor(20));
        await expectStoreSound(reader);
        await reader.close();
      }
    });

    it.each([1, 2, 3, 4, 5])(
      'may be of schema %i of SQLite, and stay what they are',
      async (version) => {
        const old = new URL(`old-databases/schema-${version}.db.gz`, import.meta.url);
        const before = gunzipSync(readFileSync(old));
        const file = join(tempFolder(), 'copy');
        writeFileSync(file, before);
        const location = new PostgresLocation(server.url(await server.newDatabase()));
        await location.restore(identity, file, quiet);
        expect(readFileSync(file).equals(before)).toBe(true);
        const reader = await location.openReader(identity);
        expect((await reader.treeHead()).size).toBe(300);
        await reader.close();
      },
    );

    it('of a log that has moved say where it is, and never become one that could be opened', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      const store = await openAt(location);
      await fill(store);
      await store.writer.moveTo('elsewhere');
      const file = join(tempFolder(), 'copy');
      await location.backUp(identity, file, { ...quiet, replace: false });
      const elsewhere = new PostgresLocation(server.url(await server.newDatabase()));
      const path = new SqliteLocation(join(tempFolder(), 'log.db'));
      for (const restored of [elsewhere, path]) {
        await restored.restore(identity, file, quiet);
        const opening = restored.open(identity, () => undefined);
        await expect(opening).rejects.toThrow(/has moved from .* to elsewhere/);
      }
    });

    it('are made of no store that has not arrived yet', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      await fill(await openAt(location));
      const file = join(tempFolder(), 'copy');
      await location.backUp(identity, file, { ...quiet, replace: false });
      const elsewhere = new PostgresLocation(server.url(await server.newDatabase()));
      await elsewhere.restore(identity, file, { ...quiet, arrivingFrom: 'there' });
      const copying = elsewhere.backUp(identity, `${file}-2`, { ...quiet, replace: false });
      await expect(copying).rejects.toThrow(/never finished, of the log at there/);
    });

    it('that are damaged become nothing', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      await fill(await openAt(location));
      const file = join(tempFolder(), 'copy');
      await location.backUp(identity, file, { ...quiet, replace: false });
      const db = new Database(file);
      db.exec("DROP TRIGGER entries_no_update; UPDATE entries SET bytes = x'00' WHERE idx = 3");
      db.close();
      const elsewhere = new PostgresLocation(server.url(await server.newDatabase()));
      await expect(elsewhere.restore(identity, file, quiet)).rejects.toBeInstanceOf(ConfigError);
      expect(await elsewhere.exists()).toBe(false);
    });
  });

  describe('a server', () => {
    it('that does not sync is refused', async () => {
      const careless = await TestPostgres.start(newest!.programs, { fsync: 'off' });
      try {
        const location = new PostgresLocation(careless.url());
        await location.create(identity);
        const opening = location.open(identity, () => undefined);
        await expect(opening).rejects.toBeInstanceOf(ConfigError);
        await expect(opening).rejects.toThrow(/fsync/);
      } finally {
        await careless.stop();
      }
    });

    it.each([
      ['off', 'on'],
      ['local', 'on'],
      ['remote_write', 'on'],
      ['on', 'on'],
      ['remote_apply', 'remote_apply'],
    ])('that commits with %s does so with %s for the writer', async (setting, expected) => {
      const database = await server.newDatabase();
      await server.query(`ALTER DATABASE ${database} SET synchronous_commit = ${setting}`);
      const session = await new Primary(parsePostgresUrl(server.url(database))).connect('writer');
      await checkDurability(session);
      const show = { name: 'show', text: "SELECT current_setting('synchronous_commit')" };
      expect(await session.read(show, [])).toEqual([[expected]]);
      await session.close();
    });

    it('that gives up waiting for its standby has not answered', async () => {
      const alone = await TestPostgres.start(newest!.programs);
      try {
        const location = new PostgresLocation(alone.url());
        await location.create(identity);
        const lost: Error[] = [];
        const store = await location.open(identity, (error) => lost.push(error));
        await store.writer.sequence([newEntry('one')]);
        await alone.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
        await alone.query('SELECT pg_reload_conf()');
        await until(async () => {
          const [row] = await alone.query('SHOW synchronous_standby_names');
          return row![0] === 'nobody';
        });
        const waiting = expect(store.writer.sequence([newEntry('two')])).rejects.toMatchObject(
          failed,
        );
        const waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        await until(async () => (await alone.query(`SELECT 1 ${waits}`)).length > 0);
        await alone.query(`SELECT pg_cancel_backend(pid) ${waits}`);
        await waiting;
        expect(lost).toHaveLength(1);
        await store.close();
      } finally {
        await alone.stop();
      }
    });

    it('that is not there may come, and a role or a database that is not has to be mended', async () => {
      const location = (url: string) => new PostgresLocation(url).exists();
      const nobody = 'postgres://tecp@%2Fnowhere/log';
      await expect(location(nobody)).rejects.toBeInstanceOf(PassingError);
      await expect(location(server.url('nothing'))).rejects.toBeInstanceOf(ConfigError);
      await expect(location(server.url('postgres', 'nobody'))).rejects.toBeInstanceOf(ConfigError);
    });

    it('that takes writes is looked for among several', async () => {
      const database = await server.newDatabase();
      const readOnly = await server.newDatabase();
      await server.query(`ALTER DATABASE ${readOnly} SET default_transaction_read_only = on`);
      const place = server.url(database).split('@')[1]!;
      const location = new PostgresLocation(`postgres://postgres@%2Fnowhere,${place}`);
      await location.create(identity);
      expect(await location.exists()).toBe(true);
      const refused = new PostgresLocation(server.url(readOnly)).exists();
      await expect(refused).rejects.toThrow(/takes no writes/);
    });

    it('is asked once for the leaves and strips of many who ask at once, and each gets its own', async () => {
      const location = new PostgresLocation(server.url(await server.newDatabase()));
      await location.create(identity);
      const store = await openAt(location);
      const entries = newEntries(0, 300);
      await store.writer.sequence(entries);
      const reader = await location.openReader(identity);
      const hashes = [...entries.slice(40, 60), newEntry('nobody')].map((entry) => entry.leafHash);
      const found = await Promise.all(hashes.map((hash) => reader.findLeaves([hash])));
      expect(found.flat()).toEqual(await reader.findLeaves(hashes));
      expect(found.flat()).toEqual([...Array.from({ length: 20 }, (_, i) => 40 + i), undefined]);
      // The tree of 300 has 19 strips of leaves, two above them and one at the top.
      const strips = await Promise.all(
        Array.from({ length: 20 }, (_, i) => reader.strip(0, i)).concat(
          [0, 1, 2].map((i) => reader.strip(1, i)),
          reader.strip(2, 0),
        ),
      );
      const lengths = strips.map((strip) => strip && strip.length / 32);
      expect(lengths).toEqual([...Array(18).fill(16), 12, undefined, 16, 2, undefined, 1]);
      expect(strips[18]).toEqual(Buffer.concat(entries.slice(288).map((entry) => entry.leafHash)));
      await reader.close();
      await expect(reader.strip(0, 0)).rejects.toMatchObject(failed);
      await expect(reader.findLeaves([hashes[0]!])).rejects.toMatchObject(failed);
    });

    it('that goes away fails every read, and those go on when it is back', async () => {
      const database = await server.newDatabase();
      const location = new PostgresLocation(`${server.url(database)}?application_name=gone`);
      await location.create(identity);
      const reader = await location.openReader(identity);
      expect((await reader.treeHead()).size).toBe(0);
      await server.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gone reader'",
      );
      await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
      await expect(reader.treeHead()).rejects.toMatchObject(failed);
      await expect(reader.treeHead()).rejects.toMatchObject(failed);
      await server.query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
      expect((await eventually(() => reader.treeHead())).size).toBe(0);
      await reader.close();
    });
  });

  it('sends a published checkpoint once to whoever looks again and again', async () => {
    const url = server.url(await server.newDatabase());
    const location = new PostgresLocation(url);
    await location.create(identity);
    const store = await openAt(location);
    const session = await new Primary(parsePostgresUrl(url)).connect('test');
    let answer = '';
    const queries: Queries = {
      read: async (statement, values) => {
        const rows = await session.read<never>(statement, values);
        answer = JSON.stringify(rows);
        return rows;
      },
    };
    const look = async (last?: string) => (await readOverview(queries, last)).published;
    expect(await look()).toBeUndefined();
    await fill(store);
    const note = (await look())!;
    expect(answer).toContain(JSON.stringify(note));
    expect(await look(note)).toBe(note);
    expect(answer).not.toContain(JSON.stringify(note));
    const again = note.replace(/.*$/, 'cosigned again');
    await store.writer.recordPublished(again, 20, []);
    expect(await look(note)).toBe(again);
    const reader = await location.openReader(identity);
    for (let i = 0; i < 2; i++) expect((await reader.overview()).published).toBe(again);
    await reader.close();
    await session.close();
  });

  it('writes nothing after a new writer has opened, also what was on its way then', async () => {
    const location = new PostgresLocation(server.url(await server.newDatabase()));
    await location.create(identity);
    const first = await openAt(location);
    const calls = Array.from({ length: 30 }, (_, i) => first.writer.sequence([newEntry(`${i}`)]));
    const outcomes = Promise.allSettled(calls);
    await calls[0];
    const second = await openAt(location);
    const { size } = await second.reader.treeHead();
    for (const outcome of await outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(conflict);
    }
    expect((await second.reader.treeHead()).size).toBe(size);
    await expectStoreSound(second.reader);
  });

  it('is mirrored into by one process at a time, which keeps it', async () => {
    const database = await server.newDatabase();
    const location = new PostgresLocation(server.url(database));
    const evidencePath = join(tempFolder(), 'mirror');
    const lost: Error[] = [];
    const onLost = (error: Error) => lost.push(error);
    const mirror = () => StoreCopy.open(location, { key: key.verifier, evidencePath, onLost });
    const lease = () => server.query('SELECT fencing FROM tecp.log', { database });
    const first = await mirror();
    const before = await lease();
    await expect(mirror()).rejects.toBeInstanceOf(ConfigError);
    expect(await lease()).toEqual(before);
    await first.close();
    const second = await mirror();
    await second.close();
    expect(lost).toEqual([]);
  });

  it('has a bounded number of connections, and whoever waits for one does not wait for ever', async () => {
    const primary = new Primary(parsePostgresUrl(server.url()));
    const pool = new ReaderPool(() => primary.connect('crowd'), 200);
    const one = { name: 'one', text: 'SELECT 1' };
    await Promise.all(Array.from({ length: 20 }, () => pool.read(one, [])));
    const crowd = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'tecp crowd'";
    expect(await server.query(crowd)).toHaveLength(8);
    const holder = await primary.connect('holder');
    await holder.script('SELECT pg_advisory_lock(1)');
    const held = { name: 'held', text: 'SELECT pg_advisory_xact_lock_shared(1)' };
    const slow = Array.from({ length: 8 }, () => pool.read(held, []));
    await expect(pool.read(one, [])).rejects.toMatchObject(failed);
    const next = pool.read(one, []);
    await holder.close();
    await Promise.all([...slow, next.catch(() => undefined)]);
    await pool.close();
    await expect(pool.read(one, [])).rejects.toMatchObject(failed);
  });
});
