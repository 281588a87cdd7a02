/** The link between threads: what crosses together, and that everyone is answered. */
import { afterEach, describe, expect, it } from 'vitest';
import { newLink, PortLink, serveLink } from '#log-server/front-end/port-link.ts';
import { QueueFullError } from '#log-server/sequencing/batcher.ts';
import type { LogStanding, SequencerLink } from '#log-server/sequencing/sequencer-link.ts';
import type { Sequenced } from '#log-server/store/store.ts';
import { sleep } from '#service/schedule.ts';
import { until } from '#test/support/wait.ts';
import { newEntries } from './batches.ts';

const STANDING: LogStanding = {
  published: undefined,
  signedSize: 0,
  newestAnchorSize: 0,
  isFrozen: false,
  refusal: undefined,
  trouble: undefined,
};

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A link to a sequencer that answers when the test says so. */
async function linked() {
  const sizes: number[] = [];
  const calls: { answer: () => void; refuse: (error: Error) => void }[] = [];
  let size = 0;
  const sequence: SequencerLink['sequence'] = (entries) => {
    sizes.push(entries.length);
    return new Promise<Sequenced[]>((resolve, refuse) => {
      const answer = () => resolve(entries.map(() => ({ index: size++, duplicate: false })));
      calls.push({ answer, refuse });
    });
  };
  const { frontEnd, sequencer } = newLink(false);
  const quiet = { onChange: () => undefined, catchUp: () => undefined };
  serveLink(sequencer, { ...quiet, standing: STANDING, sequence });
  closing.push(() => {
    for (const { entries, news } of [frontEnd, sequencer]) {
      entries.close();
      news.close();
    }
  });
  return { link: await PortLink.open(frontEnd), sizes, calls };
}

const crossed = (calls: readonly unknown[], count: number) => until(() => calls.length === count);

describe('what a front end hands over', () => {
  it('crosses together when it comes at once, or while an answer is awaited', async () => {
    const { link, sizes, calls } = await linked();
    const first = [1, 2].map((i) => link.sequence(newEntries(i, i + 1)));
    await crossed(calls, 1);
    const second = [link.sequence(newEntries(3, 4))];
    await sleep(20);
    second.push(link.sequence(newEntries(4, 6)));
    await sleep(20);
    expect(sizes).toEqual([2]);
    calls[0]!.answer();
    await crossed(calls, 2);
    expect(sizes).toEqual([2, 3]);
    calls[1]!.answer();
    const indices = (await Promise.all([...first, ...second])).map((results) =>
      results.map(({ index }) => index),
    );
    expect(indices).toEqual([[0], [1], [2], [3, 4]]);
  });

  it('waits for no answer where it is much, so that there may be no room for it', async () => {
    const { link, sizes, calls } = await linked();
    const first = link.sequence(newEntries(0, 1));
    await crossed(calls, 1);
    const some = link.sequence(newEntries(1, 256));
    await sleep(20);
    expect(sizes).toEqual([1]);
    const one = link.sequence(newEntries(256, 257));
    await crossed(calls, 2);
    expect(sizes).toEqual([1, 256]);
    calls[1]!.refuse(new QueueFullError('1 entries are waiting'));
    await expect(some).rejects.toThrow(QueueFullError);
    await expect(one).rejects.toThrow(QueueFullError);
    calls[0]!.answer();
    expect(await first).toEqual([{ index: 0, duplicate: false }]);
  });

  it('goes on after a failure', async () => {
    const { link, calls } = await linked();
    const first = link.sequence(newEntries(0, 1));
    await crossed(calls, 1);
    const second = link.sequence(newEntries(1, 2));
    calls[0]!.refuse(new QueueFullError('full'));
    await expect(first).rejects.toThrow(QueueFullError);
    await crossed(calls, 2);
    calls[1]!.answer();
    expect(await second).toEqual([{ index: 0, duplicate: false }]);
  });
});
