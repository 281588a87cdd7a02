/** How the term of a process begins on a real PostgreSQL server that takes its time. */
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createLogMetrics } from '#log-server/metrics.ts';
import { Door } from '#log-server/sharing/door.ts';
import { SharedLog } from '#log-server/sharing/shared-log.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { type SharedStore, StoreError } from '#log-server/store/store.ts';
import { createTileCache } from '#log-server/store/tree-reader.ts';
import { writeSignerKey } from '#service/keys.ts';
import { Metrics } from '#service/metrics.ts';
import { logKey, silent, startTestLog } from '#test/support/log.ts';
import { TestPostgres } from '#test/support/postgres.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';

const isWithoutPostgres = POSTGRES_VERSIONS.length === 0;

let postgres: TestPostgres;
let database: string;
beforeAll(async () => {
  if (!isWithoutPostgres) postgres = await TestPostgres.start(POSTGRES_VERSIONS.at(-1)!.programs);
});
afterAll(async () => {
  await postgres?.stop();
});
beforeEach(async () => {
  if (!isWithoutPostgres) database = await postgres.newDatabase();
});

/**
 * A store whose first lease cannot be read before `answer` has resolved; `beats` are those of each lease, and
 * `closed` how often the first was given up.
 */
function slowAtFirst(store: SharedStore, answer: Promise<void>) {
  const beats: Promise<void>[][] = [];
  const seen = { beats, closed: 0 };
  const take: SharedStore['take'] = async (...wanted) => {
    const leased = await store.take(...wanted);
    const own: Promise<void>[] = [];
    const isFirst = beats.push(own) === 1;
    const beat = () => {
      const beating = leased.beat();
      own.push(beating);
      return beating;
    };
    if (!isFirst) return { ...leased, beat };
    const reader = new Proxy(leased.reader, {
      get: (target, name) => {
        if (name === 'treeHead') return () => answer.then(() => target.treeHead());
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const close = async () => {
      seen.closed++;
      await leased.close();
    };
    return { ...leased, reader, beat, close };
  };
  return { seen, shared: { openReader: store.openReader, take } };
}

/** As a command does that takes the lease, whose session then ends. */
const takeLease = () =>
  postgres.query('UPDATE tecp.log SET fencing = fencing + 1, session_pid = 0', { database });

/** A process that has the lease, and is about to open the log until `answer` is settled. */
async function opening() {
  const folder = tempFolder();
  const key = logKey();
  writeSignerKey(join(folder, 'log.key'), key);
  const place = { database: postgres.url(database), high_water_mark: 'high-water' };
  const server = await startTestLog({ folder, key, log: place });
  await server.close();
  const config = server.config.logs[0]!;
  const door = await Door.listen({
    host: '127.0.0.1',
    port: 0,
    announce: undefined,
    logger: silent,
  });
  const answer = Promise.withResolvers<void>();
  const { seen, shared } = slowAtFirst(locateStore(config).shared!, answer.promise);
  const fatal: unknown[] = [];
  const log = await SharedLog.open(config, shared, {
    door,
    tiles: createTileCache(),
    limits: server.config.limits,
    logger: silent,
    metricsOf: createLogMetrics(new Metrics({}), () => new Map()),
    trustDatabase: false,
    now: Date.now,
    onFatal: (error) => fatal.push(error),
  });
  onTestFinished(async () => {
    // A log that is being opened is closed afterwards.
    answer.resolve();
    await log.close();
    await door.close();
    expect(fatal).toEqual([]);
  });
  return { log, answer, seen };
}

describe.skipIf(isWithoutPostgres)('a term', () => {
  it('beats while the log is opened, however long that takes', async () => {
    const { log, answer, seen } = await opening();
    await until(() => (seen.beats[0]?.length ?? 0) > 2);
    expect(log.isSequencing).toBe(false);
    answer.resolve();
    await until(() => log.isSequencing && log.takesEntries);
    expect([seen.beats.length, seen.closed]).toEqual([1, 0]);
  });

  it('ends, and another begins, when a beat finds the lease lost meanwhile', async () => {
    const { log, answer, seen } = await opening();
    await until(() => seen.beats.length > 0);
    await takeLease();
    await until(async () => {
      return (await Promise.allSettled(seen.beats[0]!)).some(({ status }) => status === 'rejected');
    });
    answer.resolve();
    await until(() => seen.beats.length > 1 && log.isSequencing && log.takesEntries);
    expect(seen.closed).toBe(1);
  });

  it('beats no longer for a log that cannot be opened', async () => {
    const { log, answer, seen } = await opening();
    await until(() => (seen.beats[0]?.length ?? 0) > 0);
    answer.reject(new StoreError('failed', 'cannot be read'));
    await until(() => seen.beats.length > 1);
    const before = seen.beats[0]!.length;
    await until(() => seen.beats[1]!.length > 2 && log.isSequencing);
    expect([seen.beats[0]!.length, seen.closed]).toEqual([before, 1]);
  });
});
