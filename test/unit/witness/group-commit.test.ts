/** Work of several requests in one transaction: each for itself in success and failure, all in commit. */
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WitnessClient } from '#client/witness-client.ts';
import { KEY_TYPES } from '#protocol/note/key.ts';
import { newKey } from '#test/support/keys.ts';
import { MemoryLog } from '#test/support/memory-log.ts';
import { Cleanup, startTestWitness, witnessSetup } from '#test/support/witness.ts';
import { type Atomically, GroupCommit, MAX_TOGETHER } from '#witness/group-commit.ts';

const cleanup = new Cleanup();
afterEach(cleanup.run);

describe('a group', () => {
  let db: Database.Database;
  let commits: number;
  let group: GroupCommit;
  /** Called in the place of a commit. */
  let onCommit: () => void;

  beforeEach(() => {
    db = new Database(':memory:');
    db.exec('CREATE TABLE done (name TEXT)');
    commits = 0;
    onCommit = () => undefined;
    const atomically: Atomically = (work) => {
      const isOutermost = !db.inTransaction;
      return db
        .transaction(() => {
          const result = work();
          if (isOutermost) {
            commits += 1;
            onCommit();
          }
          return result;
        })
        .immediate();
    };
    group = new GroupCommit(atomically, () => db.inTransaction);
  });
  afterEach(() => db.close());

  const names = () => db.prepare('SELECT name FROM done').pluck().all();
  const put = (name: string) => () => {
    db.prepare('INSERT INTO done VALUES (?)').run(name);
    return names().length;
  };

  it('shares one commit, in order, and each sees what those before it did', async () => {
    const results = await Promise.all(['a', 'b', 'c'].map((name) => group.run(put(name))));
    expect(results).toEqual([1, 2, 3]);
    expect(commits).toBe(1);
  });

  it('undoes what one throws, and that alone', async () => {
    const bad = group.run(() => {
      put('bad')();
      throw new Error('no');
    });
    const results = await Promise.allSettled([group.run(put('a')), bad, group.run(put('b'))]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(names()).toEqual(['a', 'b']);
  });

  it('fails as a whole when its commit fails, and the next one does not', async () => {
    onCommit = () => {
      throw new Error('disk full');
    };
    const results = await Promise.allSettled([group.run(put('a')), group.run(put('b'))]);
    expect(results).toMatchObject(Array(2).fill({ reason: { message: 'disk full' } }));
    onCommit = () => undefined;
    await group.run(put('c'));
    expect(names()).toEqual(['c']);
  });

  it('fails as a whole when the transaction has ended under it', async () => {
    const ends = group.run(() => {
      db.exec('ROLLBACK');
      throw new Error('I/O error');
    });
    const results = await Promise.allSettled([group.run(put('a')), ends, group.run(put('b'))]);
    expect(results.map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    expect(names()).toEqual([]);
  });

  it('gives nobody a result before the commit', async () => {
    let isKnown = false;
    let wasKnown = true;
    onCommit = () => {
      wasKnown = isKnown;
    };
    await group.run(put('a')).then(() => {
      isKnown = true;
    });
    expect(wasKnown).toBe(false);
  });

  describe('with somebody on the way', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    });
    afterEach(() => {
      vi.useRealTimers();
    });
    const turns = async () => {
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    };

    it('waits, and commits all together when he is there', async () => {
      group.announce();
      group.announce();
      const first = group.run(put('a'));
      await turns();
      expect(commits).toBe(0);
      await Promise.all([first, group.run(put('b'))]);
      expect(commits).toBe(1);
    });

    it('waits no longer when he has left', async () => {
      group.announce();
      const leave = group.announce();
      const first = group.run(put('a'));
      await turns();
      leave();
      await first;
      expect(commits).toBe(1);
    });

    it('does not wait long', async () => {
      group.announce();
      group.announce();
      const first = group.run(put('a'));
      await turns();
      vi.advanceTimersByTime(25);
      await first;
      expect(commits).toBe(1);
    });
  });

  it('has a limit, beyond which another one begins', async () => {
    await Promise.all(
      Array.from({ length: 2 * MAX_TOGETHER + 1 }, (_, i) => group.run(put(`${i}`))),
    );
    expect(commits).toBe(3);
    expect(names()).toHaveLength(2 * MAX_TOGETHER + 1);
  });
});

it('a witness cosigns for many logs at once, and remembers each after a start', async () => {
  const logs = Array.from({ length: 50 }, (_, i) =>
    new MemoryLog(newKey(`log.example/${i}`, KEY_TYPES.ed25519)).growTo(9),
  );
  const { config } = witnessSetup(cleanup.folder(), logs);
  const witness = await startTestWitness(cleanup, config);
  for (const [from, to] of [
    [0, 4],
    [4, 9],
  ] as const) {
    const requests = await Promise.all(logs.map((log) => log.request(from, to)));
    const answers = await Promise.all(
      requests.map((request) => witness.client.addCheckpoint(request)),
    );
    expect(answers.every(({ kind }) => kind === 'cosigned')).toBe(true);
  }
  await witness.close();
  const again = new WitnessClient((await startTestWitness(cleanup, config)).url);
  for (const log of logs) {
    expect(await again.addCheckpoint(await log.request(0, 4))).toEqual({
      kind: 'other-size',
      size: 9,
    });
  }
});
