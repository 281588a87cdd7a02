/** The batcher: what shares a commit, its limits, and that everyone is answered. */
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Batcher, type BatcherOptions, QueueFullError } from '#log-server/sequencing/batcher.ts';
import type { SequencedBatch } from '#log-server/store/store.ts';
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
    lingerMs: 1,
    onBatch: () => undefined,
    ...options,
  });
}

/** Until this commit is under way. */
const begun = (commits: readonly unknown[], number: number) => until(() => commits.length > number);
const texts = (count: number) => Array.from({ length: count }, (_, i) => newEntry(`entry ${i}`));

describe('a batch', () => {
  it('takes in what comes while an idle log lingers', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { lingerMs: 30 });
    const first = batcher.take(newEntry('a'));
    await vi.advanceTimersByTimeAsync(29);
    expect(sizes).toEqual([]);
    const second = batcher.take(newEntry('b'));
    await vi.advanceTimersByTimeAsync(1);
    expect(sizes).toEqual([2]);
    commits[0]!.finish();
    expect((await Promise.all([first, second])).map(({ index }) => index)).toEqual([0, 1]);
  });

  it('gathers while the one before is committed, oldest first, one commit at a time', async () => {
    const { sequence, sizes, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    const first = batcher.take(newEntry('first'));
    await begun(commits, 0);
    const rest = texts(5).map((entry) => batcher.take(entry));
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
    const all = [...texts(7), large, ...half].map((entry) => batcher.take(entry));
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
    const taken = batcher.take(newEntry('a')).then(() => order.push('answered'));
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
    const taken = [batcher.take(newEntry('a'))];
    await begun(commits, 0);
    taken.push(batcher.take(newEntry('b')), batcher.take(newEntry('c')));
    expect(batcher.depth).toBe(3);
    expect(() => batcher.take(newEntry('d'))).toThrow(QueueFullError);
    commits[0]!.finish();
    await taken[0];
    await begun(commits, 1);
    const later = batcher.take(newEntry('d'));
    commits[1]!.finish();
    await begun(commits, 2);
    commits[2]!.finish();
    await Promise.all([...taken, later]);
    expect(batcher.depth).toBe(0);
  });

  it('of bytes refuses what does not fit, and takes what does', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence, { maxQueuedBytes: 100 });
    const taken = [batcher.take(newEntry('x'.repeat(60)))];
    expect(() => batcher.take(newEntry('y'.repeat(60)))).toThrow(QueueFullError);
    taken.push(batcher.take(newEntry('z'.repeat(40))));
    await begun(commits, 0);
    commits[0]!.finish();
    await Promise.all(taken);
    const again = batcher.take(newEntry('y'.repeat(60)));
    await begun(commits, 1);
    commits[1]!.finish();
    await again;
  });
});

describe('a failure', () => {
  it('reaches everyone in its batch and nobody else', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    const failing = texts(3).map((entry) => batcher.take(entry));
    const outcomes = Promise.allSettled(failing);
    await begun(commits, 0);
    const next = batcher.take(newEntry('next'));
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
  it('ends when everything taken has been answered, also what came meanwhile', async () => {
    const { sequence, commits } = manualSequencer();
    const batcher = newBatcher(sequence);
    let answered = 0;
    const count = () => {
      answered++;
    };
    const first = batcher.take(newEntry('a')).then(count);
    const drained = batcher.drain().then(() => answered);
    await begun(commits, 0);
    const second = batcher.take(newEntry('b')).then(count);
    commits[0]!.finish();
    await begun(commits, 1);
    commits[1]!.finish();
    expect(await drained).toBe(2);
    await Promise.all([first, second]);
  });

  it('of an idle batcher ends at once', async () => {
    await newBatcher(manualSequencer().sequence).drain();
  });
});
