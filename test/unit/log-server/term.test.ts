/** How the term of a process begins on a real PostgreSQL server that takes its time. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { type SharedStore, StoreError } from '#log-server/store/store.ts';
import { POSTGRES_VERSIONS } from '#test/support/postgres-programs.ts';
import { usePostgres } from '#test/support/use-postgres.ts';
import { until } from '#test/support/wait.ts';
import { openProcess, startServer, TAKE_LEASE } from './shared-processes.ts';

const isWithoutPostgres = POSTGRES_VERSIONS.length === 0;

const postgres = usePostgres();
let database: string;
beforeEach(async () => {
  if (!isWithoutPostgres) database = await postgres().newDatabase();
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

const takeLease = () => postgres().query(TAKE_LEASE, { database });

/** A process that has the lease, and is about to open the log until `answer` is settled. */
async function opening() {
  const server = await startServer(postgres().url(database));
  await server.close();
  const answer = Promise.withResolvers<void>();
  let seen: ReturnType<typeof slowAtFirst>['seen'];
  const log = await openProcess(server, {
    faulty: (store) => {
      const slow = slowAtFirst(store, answer.promise);
      seen = slow.seen;
      return slow.shared;
    },
  });
  // A log that is being opened is closed afterwards.
  onTestFinished(() => answer.resolve());
  return { log, answer, seen: seen! };
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
