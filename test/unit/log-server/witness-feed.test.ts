/** One witness as the log sees it: brought up to date when behind, believed only when verified. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WitnessClient } from '#client/witness-client.ts';
import { LostTreeError, WitnessFault, WitnessFeed } from '#log-server/publishing/witness-feed.ts';
import { toHex } from '#protocol/bytes.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { formatSignatureLine, parseNote } from '#protocol/note/note.ts';
import { FakeWitness } from '#test/support/fake-witness.ts';
import { MemoryLog } from '#test/support/memory-log.ts';

let witness: FakeWitness;
let log: MemoryLog;
let feed: WitnessFeed;
/** Leaves that the database of the log has. */
let durableSize: () => number;
/** Leaves under the checkpoint that it knows to have signed last. */
let signedSize: () => number;
const never = new AbortController().signal;

beforeEach(async () => {
  witness = await FakeWitness.start('w1', 41);
  log = new MemoryLog();
  durableSize = () => log.size;
  signedSize = () => log.size;
  feed = newFeed();
});
afterEach(() => witness.close());

function newFeed(): WitnessFeed {
  const { ed, pq } = witness.keys;
  return new WitnessFeed({
    client: new WitnessClient(witness.url, { timeoutMs: 10_000 }),
    witnesses: [
      { name: 'w1-ed', key: ed.verifier, url: witness.url },
      { name: 'w1-pq', key: pq.verifier, url: witness.url },
    ],
    logKey: log.key.verifier,
    prove: (oldSize, newSize) => log.proof(oldSize, newSize),
    rootAt: async (size) => (size > durableSize() ? undefined : await log.root(size)),
    signedSize: () => signedSize(),
  });
}

async function head(size = log.size) {
  return { size, root: await log.root(size), note: await log.checkpoint(size) };
}

async function fault(work: Promise<unknown>): Promise<WitnessFault> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WitnessFault);
  return error as WitnessFault;
}

describe('a witness that does its job', () => {
  it('cosigns each checkpoint with both keys, from the size that it cosigned before', async () => {
    for (const size of [0, 1, 5, 300]) {
      log.growTo(size);
      const made = await feed.cosign(await head(), never);
      expect(made.map(({ witness: name }) => name)).toEqual(['w1-ed', 'w1-pq']);
      expect(made.every(({ timeSeconds }) => timeSeconds > 1_600_000_000)).toBe(true);
      expect(witness.size).toBe(size);
    }
    expect(witness.offers.map(({ oldSize }) => oldSize)).toEqual([0, 0, 1, 5]);
  });

  it('and is behind or further than we know is brought up to date with the right proof', async () => {
    log.growTo(10);
    await feed.cosign(await head(3), never);
    const restarted = newFeed();
    await restarted.cosign(await head(10), never);
    expect(witness.offers.map(({ oldSize }) => oldSize)).toEqual([0, 0, 3]);
    expect(witness.size).toBe(10);
  });

  it('may have cosigned the very size that we offer', async () => {
    log.growTo(4);
    await feed.cosign(await head(), never);
    expect(await newFeed().cosign(await head(), never)).toHaveLength(2);
  });

  it('gets one offer at a time, in order', async () => {
    log.growTo(9);
    const heads = [await head(2), await head(5), await head(9)];
    let inProgress = 0;
    witness.behaviour = async () => {
      expect(++inProgress).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inProgress--;
      return undefined;
    };
    await Promise.all(heads.map((h) => feed.cosign(h, never)));
    const sizes = witness.offers.map(
      ({ checkpoint }) => parseCheckpoint(parseNote(checkpoint).text).size,
    );
    expect(sizes).toEqual([2, 5, 9]);
  });

  it('gets no offer that was called off while it waited for its turn', async () => {
    log.growTo(3);
    const first = feed.cosign(await head(1), never);
    const calledOff = new AbortController();
    const second = feed.cosign(await head(2), calledOff.signal);
    calledOff.abort();
    await expect(second).rejects.toBe(calledOff.signal.reason);
    await first;
    expect(witness.offers).toHaveLength(1);
    expect(await feed.cosign(await head(3), never)).toHaveLength(2);
  });
});

describe('a witness that is ahead of us', () => {
  const ahead = { status: 409, body: '7\n' };

  it('without anything to show is at fault', async () => {
    log.growTo(3);
    witness.behaviour = () => ahead;
    expect((await fault(feed.cosign(await head(), never))).kind).toBe('ahead');
  });

  it('with a smaller checkpoint of ours to show is at fault', async () => {
    log.growTo(3);
    witness.behaviour = () => ahead;
    witness.note = await log.checkpoint(2);
    expect((await fault(feed.cosign(await head(), never))).kind).toBe('ahead');
  });

  it('with a checkpoint that we did not sign, or garbage, is at fault', async () => {
    log.growTo(3);
    witness.behaviour = () => ahead;
    for (const note of [await new MemoryLog().growTo(7).checkpoint(), 'garbage', '']) {
      witness.note = note;
      expect(['ahead', 'invalid']).toContain((await fault(feed.cosign(await head(), never))).kind);
    }
  });

  it('with a larger checkpoint that we signed proves that our tree is lost', async () => {
    log.growTo(7);
    witness.behaviour = () => ahead;
    witness.note = await log.checkpoint(7);
    durableSize = () => 3;
    const offered = feed.cosign(await head(3), never);
    await expect(offered).rejects.toBeInstanceOf(LostTreeError);
    await expect(offered).rejects.toThrow(/holds a checkpoint of size 7/);
  });

  it('with a checkpoint of our tree that we do not know to have signed proves that this was lost', async () => {
    log.growTo(7);
    await newFeed().cosign(await head(7), never);
    signedSize = () => 3;
    for (const size of [3, 2]) {
      const offered = feed.cosign(await head(size), never);
      await expect(offered).rejects.toBeInstanceOf(LostTreeError);
      await expect(offered).rejects.toThrow(/of size 7 .* size 3 was signed last/);
    }
    log.growTo(9);
    signedSize = () => 9;
    expect(await feed.cosign(await head(), never)).toHaveLength(2);
  });

  it('because somebody brought it our newest checkpoint meanwhile has proved nothing', async () => {
    log.growTo(3);
    const old = await head();
    for (const behaviour of [ahead, { status: 422, body: '' }]) {
      // Held until the log has signed more, and shown a checkpoint that everybody can read.
      witness.behaviour = async () => {
        log.growTo(7);
        witness.note = await log.checkpoint(7);
        return behaviour;
      };
      const { kind } = await fault(newFeed().cosign(old, never));
      expect(kind).toBe(behaviour === ahead ? 'overtaken' : 'disagrees');
    }
  });

  it('is offered the next checkpoint from the size that it has got to', async () => {
    log.growTo(7);
    const [old, newest] = [await head(3), await head(7)];
    await newFeed().cosign(newest, never);
    expect((await fault(feed.cosign(old, never))).kind).toBe('overtaken');
    log.growTo(9);
    await feed.cosign(await head(), never);
    expect(witness.offers.at(-1)!.oldSize).toBe(7);
  });
});

describe('a witness that refuses our proof', () => {
  it('and holds another tree that we signed proves that ours was rolled back', async () => {
    const lost = new MemoryLog(log.key).growTo(5, 'before the rollback');
    await feed.cosign({ size: 5, root: await lost.root(), note: await lost.checkpoint() }, never);
    log.growTo(8);
    const offered = newFeed().cosign(await head(), never);
    await expect(offered).rejects.toBeInstanceOf(LostTreeError);
  });

  it('and holds a tree that is ours is at fault itself', async () => {
    log.growTo(8);
    await feed.cosign(await head(5), never);
    witness.behaviour = () => ({ status: 422, body: '' });
    expect((await fault(feed.cosign(await head(), never))).kind).toBe('disagrees');
  });
});

describe('a witness at fault', () => {
  const cases: [string, () => Promise<unknown>, string][] = [
    ['hangs', async () => 'hang', 'unreachable'],
    ['answers 500', async () => ({ status: 500, body: 'oops' }), 'refused'],
    ['does not know the log', async () => ({ status: 404, body: '' }), 'refused'],
    ['refuses the proof', async () => ({ status: 422, body: '' }), 'disagrees'],
    ['redirects', async () => ({ status: 302, body: '' }), 'unreachable'],
    ['answers garbage', async () => ({ status: 200, body: 'garbage' }), 'invalid'],
    ['answers nothing', async () => ({ status: 200, body: '' }), 'invalid'],
    ['answers bytes that are no text', async () => ({ status: 200, body: '\ud800' }), 'invalid'],
    ['names no size with its 409', async () => ({ status: 409, body: 'x' }), 'invalid'],
    ['names another size each time', async () => ({ status: 409, body: '1\n' }), 'invalid'],
    ['answers without end', async () => ({ status: 200, body: 'x'.repeat(1 << 20) }), 'invalid'],
  ];

  it.each(cases)('that %s', async (_, answer, kind) => {
    log.growTo(3);
    witness.behaviour = async () => (await answer()) as 'hang';
    const { kind: got, message } = await fault(feed.cosign(await head(), never));
    expect(got).toBe(kind);
    expect(message.length).toBeLessThan(500);
    witness.behaviour = () => undefined;
    expect(await feed.cosign(await head(), never)).toHaveLength(2);
  });

  it('that signs with one of its two keys only', async () => {
    witness.behaviour = ({ checkpoint }) => ({
      status: 200,
      body: witness.lines(checkpoint, ['ed']),
    });
    const { kind, message } = await fault(feed.cosign(await head(), never));
    expect([kind, message]).toEqual(['invalid', expect.stringContaining('no cosignature by')]);
  });

  it('that signs another checkpoint', async () => {
    const other = await log.fork(0, 3).checkpoint();
    witness.behaviour = () => ({ status: 200, body: witness.lines(other) });
    log.growTo(3);
    expect((await fault(feed.cosign(await head(), never))).kind).toBe('invalid');
  });

  it('that puts one forged line beside good ones', async () => {
    witness.behaviour = ({ checkpoint }) => {
      const [, pq] = parseNote(
        `${parseNote(checkpoint).text}\n${witness.lines(checkpoint)}`,
      ).signatures;
      const bytes = Uint8Array.from(pq!.bytes);
      bytes[bytes.length - 1]! ^= 1;
      const forged = formatSignatureLine({ ...pq!, bytes });
      return { status: 200, body: witness.lines(checkpoint, ['ed']) + forged };
    };
    expect((await fault(feed.cosign(await head(), never))).kind).toBe('invalid');
  });

  it('whose fault is unknown signatures only: they are passed over', async () => {
    const stranger = new FakeWitness('stranger', 42);
    witness.behaviour = ({ checkpoint }) => ({
      status: 200,
      body: stranger.lines(checkpoint) + witness.lines(checkpoint),
    });
    expect(await feed.cosign(await head(), never)).toHaveLength(2);
  });

  it('that is not there at all', async () => {
    const { ed } = witness.keys;
    const gone = new WitnessFeed({
      client: new WitnessClient('http://127.0.0.1:9', { timeoutMs: 300 }),
      witnesses: [{ name: 'gone', key: ed.verifier, url: 'http://127.0.0.1:9' }],
      logKey: log.key.verifier,
      prove: (oldSize, newSize) => log.proof(oldSize, newSize),
      rootAt: (size) => log.root(size),
      signedSize,
    });
    expect((await fault(gone.cosign(await head(), never))).kind).toBe('unreachable');
  });
});

it('the test witness checks proofs: a wrong one is refused', async () => {
  log.growTo(8);
  await feed.cosign(await head(3), never);
  const liar = new MemoryLog(log.key).growTo(8, 'other');
  const client = new WitnessClient(witness.url);
  const request = { oldSize: 3, proof: await liar.proof(3), checkpoint: await liar.checkpoint() };
  await expect(client.addCheckpoint(request)).rejects.toMatchObject({ status: 422 });
  expect(toHex(witness.root)).toBe(toHex(await log.root(3)));
});
