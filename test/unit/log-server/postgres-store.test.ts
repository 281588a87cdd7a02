/** The server that a PostgreSQL store is in: what is refused of it, and what is asked of it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreCopy } from '#log-server/mirror/store-copy.ts';
import { readOverview } from '#log-server/store/postgres/lease.ts';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import { Primary } from '#log-server/store/postgres/primary.ts';
import { checkDurability } from '#log-server/store/postgres/rights.ts';
import type { Queries } from '#log-server/store/postgres/session.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { ConfigError, PassingError } from '#service/errors.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { eventually, until } from '#test/support/wait.ts';
import { newEntries, newEntry } from './batches.ts';
import { fill, identity, key, usePlaces } from './postgres-places.ts';

const failed = { name: 'StoreError', kind: 'failed' };
const conflict = { name: 'StoreError', kind: 'conflict' };

describe.skipIf(POSTGRES_VERSIONS.length === 0)('the PostgreSQL store', () => {
  const { server, newPlace, openAt } = usePlaces();

  describe('a server', () => {
    it('that does not sync is refused', async () => {
      const careless = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs, {
        fsync: 'off',
      });
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
      const database = await server().newDatabase();
      await server().query(`ALTER DATABASE ${database} SET synchronous_commit = ${setting}`);
      const session = await new Primary(parsePostgresUrl(server().url(database))).connect('writer');
      await checkDurability(session);
      const show = { name: 'show', text: "SELECT current_setting('synchronous_commit')" };
      expect(await session.read(show, [])).toEqual([[expected]]);
      await session.close();
    });

    it('that gives up waiting for its standby has not answered', async () => {
      const alone = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs);
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
      await expect(location(server().url('nothing'))).rejects.toBeInstanceOf(ConfigError);
      await expect(location(server().url('postgres', 'nobody'))).rejects.toBeInstanceOf(
        ConfigError,
      );
    });

    it('that takes writes is looked for among several', async () => {
      const database = await server().newDatabase();
      const readOnly = await server().newDatabase();
      await server().query(`ALTER DATABASE ${readOnly} SET default_transaction_read_only = on`);
      const place = server().url(database).split('@')[1]!;
      const location = new PostgresLocation(`postgres://postgres@%2Fnowhere,${place}`);
      await location.create(identity);
      expect(await location.exists()).toBe(true);
      const refused = new PostgresLocation(server().url(readOnly)).exists();
      await expect(refused).rejects.toThrow(/takes no writes/);
    });

    it('gives each of many who ask at once the leaves and strips that are its own', async () => {
      const { location } = await newPlace();
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
      const database = await server().newDatabase();
      const location = new PostgresLocation(`${server().url(database)}?application_name=gone`);
      await location.create(identity);
      const reader = await location.openReader(identity);
      expect((await reader.treeHead()).size).toBe(0);
      await server().query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'gone reader'",
      );
      await server().query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS false`);
      await expect(reader.treeHead()).rejects.toMatchObject(failed);
      await expect(reader.treeHead()).rejects.toMatchObject(failed);
      await server().query(`ALTER DATABASE ${database} ALLOW_CONNECTIONS true`);
      expect((await eventually(() => reader.treeHead())).size).toBe(0);
      await reader.close();
    });
  });

  it('sends a published checkpoint once to whoever looks again and again', async () => {
    const url = server().url(await server().newDatabase());
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
    const { location } = await newPlace();
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
    const database = await server().newDatabase();
    const location = new PostgresLocation(server().url(database));
    const evidencePath = join(tempFolder(), 'mirror');
    const lost: Error[] = [];
    const onLost = (error: Error) => lost.push(error);
    const mirror = () => StoreCopy.open(location, { key: key.verifier, evidencePath, onLost });
    const lease = () => server().query('SELECT fencing FROM tecp.log', { database });
    const first = await mirror();
    const before = await lease();
    await expect(mirror()).rejects.toBeInstanceOf(ConfigError);
    expect(await lease()).toEqual(before);
    await first.close();
    const second = await mirror();
    await second.close();
    expect(lost).toEqual([]);
  });
});
