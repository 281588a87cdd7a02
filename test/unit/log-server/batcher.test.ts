/** The batcher: what shares a commit, its limits, and that everyone is answered. */
import { describe, expect, it } from 'vitest';
import { Batcher, type BatcherOptions, QueueFullError } from '#log-server/sequencing/batcher.ts';
import { NoSequencerError } from '#log-server/sequencing/no-sequencer.ts';
import type { NewEntry, Sequenced, SequencedBatch } from '#log-server/store/store.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { sleep } from '#service/schedule.ts';
import { until } from '#test/support/wait.ts';
import { newEntry } from './batches.ts';

/** A sequencer whose commits last until the test ends them. */
function manualSequencer() {
  const sizes: number[] = [];
  const commits: { finish: () => void; fail: (error: Error) => void }[] = [];
  let size = 0;
  const sequence: BatcherOptions['sequence'] = (entries) => {
    sizes.push(entries.length);
    return new Promise<SequencedBatch>((resolve, reject) => {
      const finish = () => {
        const results = entries.map(() => ({ index: size++, duplicate: false }));
        resolve({ results, head: { size, root: EMPTY_ROOT } });
      };
      commits.push({ finish, fail: reject });
    });
  };
  return { sequence, sizes, commits };
}

function newBatcher(sequence: BatcherOptions['sequence'], options: Partial<BatcherOptions> = {}) {
  return new Batcher({
    sequence,
    maxBatchEntries: 100,
    maxBatchBytes: 10_000,
    maxQueuedEntries: 1000,
    maxQueuedBytes: 100_000,
    onBatch: () => undefined,
    ...options,
  });
}

/** Hands over one entry alone. Throws at once when there is no room. */
function takeOne(batcher: Batcher, entry: NewEntry): Promise<Sequenced> {
  return batcher.take([entry]).then(([sequenced]) => sequenced!);
}

/** Until this commit is under way. */
const begun = (commits: readonly unknown[], number: number) => until(() => commits.length > number);
const texts = (count: number) => Array.from({ length: count }, (_, i) => newEntry(`entry ${i}`));

describe('a batch', () => {
  it('has all that came in the same turn of the event loop', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    const taken = texts(3).map((entry) => takeOne(batcher, entry));
    await begun(commits, 0);
    expect(sizes).toEqual([3]);
    commits[0]!.finish();
    expect((await Promise.all(taken)).map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  it('keeps together what was handed over together, even where that is more than a batch takes', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { maxBatchEntries: 4 });
    const taken = [texts(3), texts(2), texts(6), texts(1)].map((entries) => batcher.take(entries));
    for (let i = 0; i < 4; i++) {
      await begun(commits, i);
      commits[i]!.finish();
    }
    const indices = (await Promise.all(taken)).map((results) => results.map(({ index }) => index));
    expect(sizes).toEqual([3, 2, 6, 1]);
    expect(indices).toEqual([[0, 1, 2], [3, 4], [5, 6, 7, 8, 9, 10], [11]]);
  });

  it('gathers while the one before is committed, oldest first, one commit at a time', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    const first = takeOne(batcher, newEntry('first'));
    await begun(commits, 0);
    const rest = texts(5).map((entry) => takeOne(batcher, entry));
    await sleep(10);
    expect(sizes).toEqual([1]);
    commits[0]!.finish();
    await first;
    await begun(commits, 1);
    expect(sizes).toEqual([1, 5]);
    commits[1]!.finish();
    expect((await Promise.all(rest)).map(({ index }) => index)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is limited in entries and in bytes, but has at least one entry', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const limits = { maxBatchEntries: 3, maxBatchBytes: 1000 };
    const batcher = newBatcher(sequence, limits);
    const large = newEntry('x'.repeat(5000));
    const half = [newEntry(`1${'x'.repeat(599)}`), newEntry(`2${'x'.repeat(599)}`)];
    const all = [...texts(7), large, ...half].map((entry) => takeOne(batcher, entry));
    for (let i = 0; i < 6; i++) {
      await begun(commits, i);
      commits[i]!.finish();
    }
    await Promise.all(all);
    expect(sizes).toEqual([3, 3, 1, 1, 1, 1]);
  });

  it('is reported before those who wait for it are answered', async () => {
    const order: string[] = [];
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { onBatch: () => order.push('reported') });
    const taken = takeOne(batcher, newEntry('a')).then(() => order.push('answered'));
    await begun(commits, 0);
    commits[0]!.finish();
    await taken;
    expect(order).toEqual(['reported', 'answered']);
  });
});

describe('a full queue', () => {
  it('refuses at once, counting what is being committed too', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { maxQueuedEntries: 3 });
    const taken = [takeOne(batcher, newEntry('a'))];
    await begun(commits, 0);
    taken.push(takeOne(batcher, newEntry('b')), takeOne(batcher, newEntry('c')));
    expect(batcher.depth).toBe(3);
    expect(() => batcher.take([newEntry('d')])).toThrow(QueueFullError);
    commits[0]!.finish();
    await taken[0];
    await begun(commits, 1);
    const later = takeOne(batcher, newEntry('d'));
    expect(() => batcher.take(texts(2))).toThrow(QueueFullError);
    commits[1]!.finish();
    await begun(commits, 2);
    commits[2]!.finish();
    await Promise.all([...taken, later]);
    expect(batcher.depth).toBe(0);
  });

  it('of bytes refuses what does not fit, and takes what does', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { maxQueuedBytes: 100 });
    const taken = [takeOne(batcher, newEntry('x'.repeat(60)))];
    expect(() => batcher.take([newEntry('y'.repeat(60))])).toThrow(QueueFullError);
    taken.push(takeOne(batcher, newEntry('z'.repeat(40))));
    await begun(commits, 0);
    commits[0]!.finish();
    await Promise.all(taken);
    const again = takeOne(batcher, newEntry('y'.repeat(60)));
    await begun(commits, 1);
    commits[1]!.finish();
    await again;
  });
});

describe('a failure', () => {
  it('reaches everyone in its batch and nobody else', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    const failing = texts(3).map((entry) => takeOne(batcher, entry));
    const outcomes = Promise.allSettled(failing);
    await begun(commits, 0);
    const next = takeOne(batcher, newEntry('next'));
    commits[0]!.fail(new Error('disk'));
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'disk' } });
    }
    await begun(commits, 1);
    commits[1]!.finish();
    expect((await next).index).toBe(0);
  });
});

describe('draining', () => {
  it('answers everything that was taken, and refuses what comes meanwhile, which might never end', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { maxBatchEntries: 1 });
    let answered = 0;
    const taken = texts(2).map((entry) => takeOne(batcher, entry).then(() => answered++));
    const drained = batcher.drain().then(() => answered);
    for (let i = 0; i < taken.length; i++) {
      await begun(commits, i);
      expect(() => batcher.take([newEntry('late')])).toThrow(NoSequencerError);
      commits[i]!.finish();
    }
    expect(await drained).toBe(2);
    expect(() => batcher.take([newEntry('later')])).toThrow(NoSequencerError);
    expect(sizes).toEqual([1, 1]);
  });

  it('of an idle batcher ends at once', async () => {
    await newBatcher(manualSequencer().sequence).drain();
  });
});
