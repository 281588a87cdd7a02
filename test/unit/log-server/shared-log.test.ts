/** Log servers that share a log on a real PostgreSQL server, in one process: who sequences, and what the others know. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { get } from '#client/http.ts';
import { LogClient } from '#client/log-client.ts';
import { identityOf } from '#log-server/log-files.ts';
import { NotConfirmedError } from '#log-server/publishing/confirmation.ts';
import type { LogStanding, SequencerLink } from '#log-server/sequencing/sequencer-link.ts';
import type { LogServerDependencies } from '#log-server/server.ts';
import { formatHolder, HOLDER_KEY_BYTES } from '#log-server/sharing/holder.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { EMPTY_ROOT, leafHash } from '#protocol/merkle/hash.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { ConfigError } from '#service/errors.ts';
import { post, problemOf } from '#test/support/http.ts';
import { freshReceipt, type TestLog } from '#test/support/log.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { PostgresProxy } from '#test/support/postgres-proxy.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { PATIENT, until } from '#test/support/wait.ts';
import { capturedLogger } from '#test/support/witness.ts';
import { newEntries } from './batches.ts';
import { listen, openProcess, startServer, TAKE_LEASE } from './shared-processes.ts';

const isWithoutPostgres = POSTGRES_VERSIONS.length === 0;

const postgres = usePostgres();
let database: string;
beforeEach(async () => {
  if (!isWithoutPostgres) database = await postgres().newDatabase();
});

/** A server of the log of this test. */
const start = (
  settings?: Readonly<Record<string, unknown>>,
  url = postgres().url(database),
  dependencies?: LogServerDependencies,
) => startServer(url, settings, dependencies);

const submit = async ({ url }: TestLog): Promise<number> => {
  const answer = await new LogClient(url, PATIENT).submit(freshReceipt(), { waitForProof: true });
  expect(answer.proof).toBeDefined();
  return answer.leaf_index;
};

async function publishedSize({ url }: TestLog): Promise<number> {
  const note = decodeUtf8(await get(`${url}/checkpoint`, PATIENT));
  return parseCheckpoint(parseNote(note).text).size;
}

/** Another process takes the place of a server of the log; whoever gets in is answered by `sequence`, and told of this. */
async function leadElsewhere(
  server: TestLog,
  sequence?: SequencerLink['sequence'],
  told: Partial<LogStanding> = {},
) {
  const { config, key } = server;
  const standing = { ...server.logs[0]!.standing, ...told };
  await server.close();
  const shared = locateStore(config.logs[0]!).shared!;
  const reader = await shared.openReader(identityOf(key));
  const { fencing } = (await reader.overview()).lease;
  await reader.close();
  const room = (await listen()).open();
  const wanted = { seen: fencing, holder: room.holder };
  const lease = await shared.take(identityOf(key), wanted, () => undefined);
  const beating = setInterval(() => void lease.beat(), 500);
  if (sequence !== undefined) {
    room.serve({ standing, catchUp: () => undefined, onChange: () => undefined, sequence });
  }
  let isEnded = false;
  const end = async () => {
    if (isEnded) return;
    isEnded = true;
    clearInterval(beating);
    room.close();
    await lease.close();
  };
  onTestFinished(end);
  return { lease, end };
}

const takeLease = () => postgres().query(TAKE_LEASE, { database });

const isSequencing = (server: TestLog) => server.logs[0]!.isSequencing;

describe.skipIf(isWithoutPostgres)('servers that share a log', () => {
  it('sequence one at a time: the others hand over, and show what it publishes at once', async () => {
    const [first, second, third] = [await start(), await start(), await start({ workers: 2 })];
    expect([first, second, third].map(isSequencing)).toEqual([true, false, false]);
    for (const [i, server] of [first, second, third, second, first].entries()) {
      expect(await submit(server)).toBe(i);
      for (const other of [first, second, third]) {
        expect(await publishedSize(other)).toBeGreaterThan(i);
        const tile = await fetch(`${other.url}/tile/entries/000.p/${i + 1}`);
        expect(tile.status).toBe(200);
      }
    }
  });

  it('hear from the one that sequences what is published, though their store does not answer', async () => {
    const first = await start();
    const way = await PostgresProxy.start(postgres());
    const second = await start({}, way.url(database));
    onTestFinished(() => way.stop());
    way.cut();
    const index = await submit(first);
    await until(() => (second.logs[0]!.published?.size ?? 0) > index);
  });

  it('give the same entry the same index at each', async () => {
    const servers = [await start(), await start()];
    const receipt = freshReceipt();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        return new LogClient(servers[i % 2]!.url, PATIENT).submit(receipt);
      }),
    );
    expect(new Set(answers.map((answer) => answer.leaf_index))).toEqual(new Set([0]));
    expect(answers.filter((answer) => answer.duplicate !== true)).toHaveLength(1);
  });

  it('follow one another at once when the one that sequences stops in order', async () => {
    const [first, second] = [await start(), await start()];
    expect(await submit(second)).toBe(0);
    await first.close();
    await until(() => isSequencing(second) && second.logs[0]!.takesEntries);
    expect(await submit(second)).toBe(1);
    const third = await start();
    expect(await submit(third)).toBe(2);
    expect(isSequencing(second)).toBe(true);
  });

  it('give up a lease that somebody has taken, and take it back when it is free', async () => {
    const [first, second] = [await start(), await start()];
    expect(await submit(first)).toBe(0);
    await takeLease();
    await until(() => isSequencing(first) !== isSequencing(second));
    const indices = [];
    for (const server of [first, second]) {
      await until(() => server.logs[0]!.takesEntries);
      indices.push(await submit(server));
    }
    expect(indices).toEqual([1, 2]);
    expect([first.fatal, second.fatal]).toEqual([[], []]);
  });

  it('take no entry while nobody is known who sequences, and say so', async () => {
    const server = await start();
    await submit(server);
    // Of a holder that lives, and is nowhere to be found.
    await postgres().query(
      `UPDATE tecp.log SET fencing = fencing + 1, holder = 'nobody', session_pid = pg_backend_pid(),
         session_began = NULL`,
      { database },
    );
    const log = server.logs[0]!;
    const refusal = await until(async () => {
      if (log.isSequencing || log.takesEntries) return undefined;
      return await problemOf(await post(`${server.url}/v1/log/entries`, freshReceipt()));
    });
    expect(refusal).toMatchObject({ status: 503, code: 'no-sequencer' });
    expect(await publishedSize(server)).toBe(1);
    await until(() => log.takesEntries);
    expect(await submit(server)).toBe(1);
  });

  it('tell where and why whoever sequences cannot be reached, and log it once', async () => {
    const { logger, lines } = capturedLogger();
    const server = await start({}, undefined, { logger });
    const nowhere = { addresses: ['127.0.0.1'], port: 1, key: new Uint8Array(HOLDER_KEY_BYTES) };
    // Its session lives, and it does not beat.
    await postgres().query(
      `UPDATE tecp.log SET fencing = fencing + 1, holder = '${formatHolder(nowhere)}',
         session_pid = pid, session_began = backend_start
         FROM pg_stat_activity WHERE backend_type = 'checkpointer'`,
      { database },
    );
    const log = server.logs[0]!;
    const reason = /^the process .* cannot be reached at 127\.0\.0\.1, port 1: .*ECONNREFUSED/;
    await until(() => reason.test(log.trouble ?? ''));
    await until(() => log.takesEntries);
    const told = lines.filter(({ msg }) => msg === 'the sequencer cannot be reached');
    expect(told).toEqual([expect.objectContaining({ level: 'warn', port: 1 })]);
  });

  it('read on, and take entries again, when the database was away', async () => {
    const [first, second] = [await start(), await start()];
    await submit(first);
    await postgres().query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}'`,
    );
    for (const server of [first, second]) {
      await until(() => server.logs[0]!.takesEntries);
    }
    expect([await submit(first), await submit(second)]).toEqual([1, 2]);
    expect([await publishedSize(first), await publishedSize(second)]).toEqual([3, 3]);
  });

  it('lose a lease while they take it, and take it again', async () => {
    const server = await start();
    await server.close();
    let taken = 0;
    const log = await openProcess(server, {
      faulty: (store) => ({
        openReader: (identity) => store.openReader(identity),
        take: async (...wanted) => {
          const lost = Promise.withResolvers<void>();
          const [identity, lease, onLost] = wanted;
          const leased = await store.take(identity, lease, (error) => {
            onLost(error);
            lost.resolve();
          });
          if (++taken > 1) return leased;
          await postgres().query(`SELECT pg_terminate_backend(session_pid) FROM tecp.log`, {
            database,
          });
          await lost.promise;
          return leased;
        },
      }),
    });
    await until(() => taken > 1 && log.isSequencing && log.takesEntries);
    const bytes = freshReceipt();
    expect(await log.sequence([{ bytes, leafHash: leafHash(bytes) }])).toEqual([
      { index: 0, duplicate: false },
    ]);
  });

  it('refuse to start without the credentials of a bucket that only the one that sequences needs', async () => {
    const server = await start();
    const logs = [{ ...server.config.logs[0]!, tiles: 's3://bucket/log' }];
    const names = ['AWS_REGION', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', 'AWS_ACCESS_KEY_ID'];
    for (const name of names) vi.stubEnv(name, '');
    onTestFinished(() => void vi.unstubAllEnvs());
    const opening = openProcess({ ...server, config: { ...server.config, logs } });
    await expect(opening).rejects.toBeInstanceOf(ConfigError);
  });

  it('refuse a database that lacks an entry whose index they told, whoever had given it', async () => {
    const server = await start();
    // Whose commits the database loses.
    const elsewhere = await leadElsewhere(server, async (entries) =>
      entries.map((_, i) => ({ index: 7 + i, duplicate: false })),
    );
    const log = await openProcess(server);
    await until(() => log.takesEntries);
    const bytes = freshReceipt();
    const [told] = await log.sequence([{ bytes, leafHash: leafHash(bytes) }]);
    expect(told?.index).toBe(7);
    await elsewhere.end();
    await until(() =>
      log.trouble?.includes('by this process the log has given indices up to size 8'),
    );
    expect(log).toMatchObject({ isSequencing: true, takesEntries: false });
  });

  it('refuse a database that lacks a signature of which they heard, though nothing was published', async () => {
    const server = await start();
    await submit(server);
    const elsewhere = await leadElsewhere(server, async () => [], { signedSize: 5 });
    const log = await openProcess(server);
    await until(() => log.signedSize === 5);
    await elsewhere.end();
    await until(() => log.trouble?.includes('by this process the log has signed size 5'));
    expect(log).toMatchObject({ isSequencing: true, takesEntries: false });
  });

  it('trust a database, if they are told to, as it is at the start, and no later one', async () => {
    const server = await start({}, undefined, { trustDatabase: true });
    await submit(server);
    // As if the database had gone back while it runs.
    const path = join(server.folder, 'high-water');
    const mark = await HighWaterMark.open(path, server.key.verifier.text);
    await mark.raise({ size: 9, root: EMPTY_ROOT });
    await takeLease();
    const log = server.logs[0]!;
    await until(() => log.trouble?.includes('the log has signed size 9'));
    expect(log.takesEntries).toBe(false);
  });

  it('trust it no more once it has grown, though they reach nobody who sequences', async () => {
    const server = await start();
    const elsewhere = await leadElsewhere(server);
    const log = await openProcess(server, { trustDatabase: true });
    await elsewhere.lease.writer.sequence(newEntries(0, 3));
    await until(() => log.head.size === 3);
    expect(log.takesEntries).toBe(false);
    // As if there had been more.
    const path = join(server.folder, 'high-water');
    const mark = await HighWaterMark.replacing(path, server.key.verifier.text);
    await mark.raise({ size: 9, root: EMPTY_ROOT });
    await elsewhere.end();
    await until(() => log.trouble?.includes('the log has signed size 9'));
    expect(log).toMatchObject({ isSequencing: true, takesEntries: false });
  });

  it('start with a damaged high-water mark if they are told to trust the database', async () => {
    const server = await start();
    await server.close();
    writeFileSync(join(server.folder, 'high-water'), 'garbage');
    await expect(openProcess(server)).rejects.toBeInstanceOf(ConfigError);
    const log = await openProcess(server, { trustDatabase: true });
    await until(() => log.takesEntries);
  });

  it('hand nothing over while the database lacks what it had, and say so once', async () => {
    const server = await start();
    for (let i = 0; i < 2; i++) await submit(server);
    await leadElsewhere(server, async (entries) =>
      entries.map((_, i) => ({ index: 2 + i, duplicate: false })),
    );
    let left: number | undefined;
    const { logger, lines } = capturedLogger();
    const log = await openProcess(server, {
      logger,
      faulty: (store) => ({
        take: (...wanted) => store.take(...wanted),
        openReader: async (identity) => {
          const reader = await store.openReader(identity);
          const overview = reader.overview.bind(reader);
          reader.overview = async () => {
            const seen = await overview();
            return left === undefined ? seen : { ...seen, head: { size: left, root: EMPTY_ROOT } };
          };
          return reader;
        },
      }),
    });
    await until(() => log.takesEntries);
    left = 0;
    await until(() => !log.takesEntries);
    expect(log.standing.refusal).toBeInstanceOf(NotConfirmedError);
    expect(log.trouble).toMatch(/^the database has gone back: it has 0 entries/);
    // It grows anew.
    left = 1;
    await until(() => log.trouble?.includes('it has 1 entries'));
    expect(log.standing.refusal).toBeInstanceOf(NotConfirmedError);
    left = undefined;
    await until(() => log.takesEntries);
    const said = lines.filter(({ msg }) => msg === 'the log has lost entries or signatures');
    expect(said).toHaveLength(1);
  });
});
