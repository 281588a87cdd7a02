/** Connections to PostgreSQL: how many there are, when they are given back, and servers that fall silent or are full. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PostgresLocation } from '#log-server/store/postgres/location.ts';
import { ReaderPool } from '#log-server/store/postgres/pool.ts';
import { Primary } from '#log-server/store/postgres/primary.ts';
import type { Session } from '#log-server/store/postgres/session.ts';
import { parsePostgresUrl } from '#log-server/store/postgres/url.ts';
import { logKey } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { PostgresProxy } from '#test/support/postgres-proxy.ts';
import { eventually, until } from '#test/support/wait.ts';
import { newEntry } from './batches.ts';

const key = logKey();
const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };
const PATIENCE_MS = 60_000;
const failed = { name: 'StoreError', kind: 'failed' };
const ONE = { name: 'one', text: 'SELECT 1' };
const SLOW = { name: 'slow', text: 'SELECT pg_sleep(0.05)' };
/** Without those of superusers, of 20. */
const CONNECTIONS = 17;
const SPARE = 3;

describe.skipIf(POSTGRES_VERSIONS.length === 0)('connections to PostgreSQL', () => {
  let server: TestPostgres;
  const pools: ReaderPool[] = [];
  beforeAll(async () => {
    server = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs, {
      max_connections: '20',
      superuser_reserved_connections: String(20 - CONNECTIONS),
    });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });
  afterAll(async () => {
    await server?.stop();
  });

  function poolOf(url: string, onConnect: () => void = () => undefined): ReaderPool {
    const primary = new Primary(parsePostgresUrl(url));
    const pool = new ReaderPool((isFirst) => {
      onConnect();
      return primary.connectReader(isFirst);
    }, PATIENCE_MS);
    pools.push(pool);
    return pool;
  }

  const named = (name: string) => `${server.url()}?application_name=${name}`;
  const connected = async (name: string) => {
    const rows = await server.query(
      `SELECT 1 FROM pg_stat_activity WHERE application_name = '${name} reader'`,
    );
    return rows.length;
  };
  const readAtOnce = async (pool: ReaderPool, count: number) => {
    await Promise.all(Array.from({ length: count }, () => pool.read(SLOW, [])));
  };

  it('are closed where the server does not say how it stands', async () => {
    const database = await server.newDatabase();
    await server.query('CREATE ROLE newcomer LOGIN');
    await server.query('REVOKE SELECT ON pg_stat_database FROM PUBLIC', { database });
    const url = `${server.url(database, 'newcomer')}?application_name=newcomer`;
    const primary = new Primary(parsePostgresUrl(url));
    await expect(primary.connectReader(true)).rejects.toThrow(/permission denied/);
    await until(async () => (await connected('newcomer')) === 0);
  });

  describe('to a server that falls silent', () => {
    it('are closed all the same, a writer with what it had begun once a beat has no answer', async () => {
      const database = await server.newDatabase();
      await new PostgresLocation(server.url(database)).create(identity);
      const proxy = await PostgresProxy.start(server);
      const { shared } = new PostgresLocation(proxy.url(database));
      const lost: Error[] = [];
      const wanted = { seen: 0, holder: 'somebody' };
      const store = await shared.take(identity, wanted, (error) => lost.push(error));
      await store.reader.treeHead();
      proxy.cut();
      const writing = expect(store.writer.sequence([newEntry('one')])).rejects;
      await expect(store.beat()).rejects.toThrow(/no answer within 5000 ms/);
      await writing.toThrow(/no answer within 5000 ms/);
      expect(lost).toHaveLength(1);
      // Also of the reader, to which nothing has happened yet.
      await store.close();
      await proxy.stop();
    });

    it('of readers end after fifteen seconds, and new ones are opened', async () => {
      const proxy = await PostgresProxy.start(server);
      const pool = poolOf(proxy.url('postgres'));
      await pool.read(ONE, []);
      proxy.cut();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const reading = expect(pool.read(ONE, [])).rejects.toThrow(/no answer within 15000 ms/);
      await vi.advanceTimersByTimeAsync(15_000);
      vi.useRealTimers();
      await reading;
      proxy.mend();
      await pool.read(ONE, []);
      await proxy.stop();
    });

    it('of readers that are idle are not used when one of them has ended', async () => {
      const pool = poolOf(named('ending'));
      await readAtOnce(pool, 20);
      expect(await connected('ending')).toBe(8);
      await server.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'ending reader' LIMIT 1`,
      );
      await until(async () => (await connected('ending')) === 0);
      await readAtOnce(pool, 20);
    });
  });

  it('of readers are bounded, and whoever waits for one does not wait for ever', async () => {
    const primary = new Primary(parsePostgresUrl(named('crowd')));
    // Patience enough for those who are to be answered, however busy the machine is.
    const pool = new ReaderPool((isFirst) => primary.connectReader(isFirst), 3000);
    pools.push(pool);
    await readAtOnce(pool, 20);
    expect(await connected('crowd')).toBe(8);
    const holder = await primary.connect('holder');
    await holder.script('SELECT pg_advisory_lock(1)');
    const held = { name: 'held', text: 'SELECT pg_advisory_xact_lock_shared(1)' };
    const slow = Array.from({ length: 8 }, () => pool.read(held, []));
    await expect(pool.read(ONE, [])).rejects.toMatchObject(failed);
    const next = pool.read(ONE, []);
    await holder.close();
    await Promise.all([...slow, next.catch(() => undefined)]);
    await pool.close();
    await expect(pool.read(ONE, [])).rejects.toMatchObject(failed);
  });

  it('of readers are given back when they are not used, but for one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const pool = poolOf(named('idle'));
    await readAtOnce(pool, 20);
    expect(await connected('idle')).toBe(8);
    vi.advanceTimersByTime(9000);
    await readAtOnce(pool, 1);
    vi.advanceTimersByTime(9000);
    vi.useRealTimers();
    await until(async () => (await connected('idle')) === 1);
    await readAtOnce(pool, 20);
  });

  it('of readers leave some for writers, and all is read with fewer', async () => {
    const [many, others] = [poolOf(named('many')), poolOf(named('others'))];
    // Sessions that were closed just now count until the server has ended them, so all of this may take another try.
    await until(async () => {
      for (let readers = 1; readers <= 8; readers++) {
        for (const pool of [many, others]) await eventually(() => readAtOnce(pool, readers));
      }
      const open = (await connected('many')) + (await connected('others'));
      return open === CONNECTIONS - SPARE;
    });
    const primary = new Primary(parsePostgresUrl(server.url()));
    const writers: Session[] = [];
    while (writers.length < SPARE) {
      writers.push(await eventually(() => primary.connect('writer')));
    }
    // One that has none yet gets one of these, if need be.
    await writers.pop()!.close();
    const first = poolOf(named('first'));
    await eventually(() => readAtOnce(first, 10));
    await until(async () => (await connected('first')) === 1);
    await Promise.all(writers.map((writer) => writer.close()));
  });

  it('that cannot be had are not tried by each who waits: all are told, and the next after a while', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let connects = 0;
    const pool = poolOf('postgres://tecp@%2Fnowhere/log', () => connects++);
    const refused = {
      name: 'StoreError',
      kind: 'failed',
      message: expect.stringMatching(/nowhere/),
    };
    const reads = Array.from({ length: 2000 }, () => pool.read(ONE, []));
    for (const read of reads) await expect(read).rejects.toMatchObject(refused);
    await expect(pool.read(ONE, [])).rejects.toMatchObject(refused);
    expect(connects).toBe(8);
    vi.advanceTimersByTime(500);
    await expect(pool.read(ONE, [])).rejects.toMatchObject(refused);
    expect(connects).toBe(9);
  });
});
