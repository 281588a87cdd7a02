/** The publisher: what is signed, when it is recorded, what is published, and what ends the process. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WitnessClient } from '#client/witness-client.ts';
import { Anchoring } from '#log-server/publishing/anchors.ts';
import { Confirmation, NotConfirmedError } from '#log-server/publishing/confirmation.ts';
import { Publisher, type PublisherOptions } from '#log-server/publishing/publisher.ts';
import { StoreTiles, TilePublicationError } from '#log-server/publishing/tile-publication.ts';
import { LostTreeError, WitnessFeed } from '#log-server/publishing/witness-feed.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import type { LogWriter } from '#log-server/store/log-writer.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { StoreError, type TreeHead } from '#log-server/store/store.ts';
import { createTileCache, TreeReader } from '#log-server/store/tree-reader.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { parseNote } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { sleep } from '#service/schedule.ts';
import { expectLogSound } from '#test/support/check.ts';
import { FakeWitness, policyOf } from '#test/support/fake-witness.ts';
import { FaultyStore } from '#test/support/faulty-store.ts';
import { logKey } from '#test/support/log.ts';
import { createTestWriter } from '#test/support/store.ts';
import { timed } from '#test/support/stretch.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { capturedLogger } from '#test/support/witness.ts';
import { newEntries, signedHead } from './batches.ts';

const key = logKey();
/** For those that answer on a busy machine, and for the one that hangs. */
const WITNESS_TIMEOUT_MS = 10_000;

let stored: LogWriter;
let markPath: string;
let mark: HighWaterMark;
let confirmation: Confirmation;
let store: FaultyStore;
let tiles: PublisherOptions['tiles'];
let sequencer: Sequencer;
let witnesses: FakeWitness[];
let policy: Policy;
let head: TreeHead;
let fatal: unknown[];
let log: ReturnType<typeof capturedLogger>;
const stopping: (() => Promise<void>)[] = [];

beforeEach(async () => {
  stored = createTestWriter(key);
  markPath = join(tempFolder(), 'high-water');
  store = new FaultyStore(stored);
  tiles = new StoreTiles(stored);
  sequencer = new Sequencer(stored);
  head = await sequencer.open();
  witnesses = [];
  for (const i of [1, 2, 3]) witnesses.push(await FakeWitness.start(`w${i}`, 50 + i));
  policy = parsePolicy(`log ${key.verifier.text}\n${policyOf(witnesses, 2)}`);
  fatal = [];
  log = capturedLogger();
});
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop();
  await expectLogSound({ store: stored, policy, types: entryTypes(['opaque']) });
  await stored.close();
  for (const witness of witnesses) await witness.close();
});

const lines = () => log.lines.map(({ msg }) => msg);

async function grow(from: number, to: number): Promise<void> {
  head = (await sequencer.sequence(newEntries(from, to))).head;
}

async function newPublisher(options: { intervalMs?: number; refreshMs?: number } = {}) {
  const tree = new TreeReader(stored, 'log.example/test', createTileCache());
  const feeds = witnesses.map(
    ({ name, url, keys }) =>
      new WitnessFeed({
        client: new WitnessClient(url, { timeoutMs: WITNESS_TIMEOUT_MS }),
        witnesses: [
          { name: `${name}-ed`, key: keys.ed.verifier, url },
          { name: `${name}-pq`, key: keys.pq.verifier, url },
        ],
        logKey: key.verifier,
        prove: (oldSize, newSize) => tree.consistencyProof(oldSize, newSize),
        rootAt: async (size) => (size > head.size ? undefined : await tree.rootAt(size)),
        signedSize: () => publisher.signedSize,
      }),
  );
  mark = await HighWaterMark.open(markPath, key.verifier.text);
  const signed = await stored.lastSigned();
  const state = { head, signed, rootAt: (size: number) => tree.rootAt(size) };
  const { logger } = log;
  confirmation = await Confirmation.begin({
    mark,
    stored: state,
    policy,
    isTrusted: false,
    logger,
  });
  const settings = { intervalMs: 10, refreshMs: 60_000, ...options };
  const publisher: Publisher = new Publisher(
    {
      key,
      policy,
      feeds,
      store,
      tiles: {
        publish: (size, signal) => tiles.publish(size, signal),
        show: (note) => tiles.show(note),
      },
      mark,
      confirmation,
      anchoring: new Anchoring({
        intervalMs: 60_000,
        now: Date.now,
        newestSize: await stored.newestAnchorSize(),
      }),
      treeHead: () => head,
      now: Date.now,
      ...settings,
      onChange: () => undefined,
      onRound: () => undefined,
      onFatal: (error) => fatal.push(error),
      logger: log.logger,
    },
    { signed, published: await stored.published() },
  );
  return publisher;
}

/** One that has been told that its log has not gone back. */
async function confirmedPublisher() {
  const publisher = await newPublisher();
  expect(await publisher.publish()).toBe(true);
  return publisher;
}

it('waits for all rather than publish the time of one witness that is ahead of all others', async () => {
  const [fast, ahead, slow] = witnesses as [FakeWitness, FakeWitness, FakeWitness];
  const publisher = await confirmedPublisher();
  ahead.aheadMs = 48 * 3600 * 1000;
  slow.behaviour = async () => {
    await until(() => fast.size === head.size && ahead.size === head.size);
    await sleep(500);
    return undefined;
  };
  await grow(head.size, head.size + 1);
  expect(await publisher.publish()).toBe(true);
  const { quorumTimeSeconds } = openWithPolicy(publisher.published!.note, policy);
  expect(quorumTimeSeconds! * 1000).toBeLessThanOrEqual(Date.now());
});

/** Runs the publisher until the test ends. */
function run(publisher: Publisher) {
  const stop = new AbortController();
  const done = publisher.run(stop.signal);
  stopping.push(async () => {
    stop.abort();
    await done;
  });
  return done;
}

describe('publishing', () => {
  it('begins with a cosigned checkpoint of the empty tree', async () => {
    const publisher = await newPublisher();
    expect(publisher.published).toBeUndefined();
    expect(await publisher.publish()).toBe(true);
    const opened = openWithPolicy(publisher.published!.note, policy);
    expect([opened.checkpoint.size, opened.quorumMet]).toEqual([0, true]);
    expect(await stored.published()).toBe(publisher.published!.note);
  });

  it('records each signed checkpoint before any witness sees it', async () => {
    const seen: boolean[] = [];
    for (const witness of witnesses) {
      witness.behaviour = async ({ checkpoint }) => {
        seen.push((await stored.lastSigned())?.note === checkpoint);
        return undefined;
      };
    }
    const publisher = await newPublisher();
    await publisher.publish();
    await grow(0, 5);
    await publisher.publish();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(new Set(seen)).toEqual(new Set([true]));
  });

  it('shows no witness a checkpoint that could not be recorded', async () => {
    const publisher = await newPublisher();
    store.nextFault = 'not persisted';
    await expect(publisher.publish()).rejects.toMatchObject({ kind: 'failed' });
    expect(witnesses.flatMap(({ offers }) => offers)).toEqual([]);
  });

  it('puts the cosignatures under that of the log in the order of the policy, whoever was first', async () => {
    policy = parsePolicy(`log ${key.verifier.text}\n${policyOf(witnesses, 3)}`);
    const publisher = await confirmedPublisher();
    for (const [i, witness] of witnesses.slice(0, -1).entries()) {
      witness.behaviour = async () => {
        await until(() => witnesses[i + 1]!.size === head.size);
        await sleep(50);
        return undefined;
      };
    }
    await grow(0, 3);
    await publisher.publish();
    const signatures = parseNote(publisher.published!.note).signatures;
    const expected = witnesses.flatMap(({ keys }) => [keys.ed, keys.pq]);
    expect(publisher.published!.size).toBe(3);
    expect(signatures.map(({ name }) => name)).toEqual(
      [key, ...expected].map(({ verifier }) => verifier.name),
    );
  });

  it('needs a quorum: without it the last checkpoint stays, and trouble says why', async () => {
    const publisher = await newPublisher();
    await publisher.publish();
    const before = publisher.published;
    for (const { name } of witnesses.slice(0, 2)) {
      witnesses.find((w) => w.name === name)!.behaviour = () => ({ status: 500, body: '' });
    }
    await grow(0, 3);
    expect(await publisher.publish()).toBe(false);
    expect(publisher.published).toBe(before);
    expect(await stored.published()).toBe(before?.note);
    expect(publisher.trouble).toMatch(/no quorum: .*status 500/);
    for (const witness of witnesses) witness.behaviour = () => undefined;
    expect(await publisher.publish()).toBe(true);
    expect([publisher.published?.size, publisher.trouble]).toEqual([3, undefined]);
    expect(lines()).toEqual(
      expect.arrayContaining([
        'no quorum: the last checkpoint stays published',
        'the quorum is back',
        'the witness cosigns again',
      ]),
    );
  });

  it('counts one of the two keys of a witness as no witness', async () => {
    for (const witness of witnesses.slice(0, 2)) {
      witness.behaviour = ({ checkpoint }) => ({
        status: 200,
        body: witness.lines(checkpoint, ['pq']),
      });
    }
    expect(await (await newPublisher()).publish()).toBe(false);
  });

  it.each(['hang', { status: 200, body: 'garbage' }] as const)(
    'goes on with the others while one witness answers %j, and says which',
    async (answer) => {
      witnesses[0]!.behaviour = () => answer;
      const publisher = await confirmedPublisher();
      for (const size of [1, 2, 3]) {
        await grow(size - 1, size);
        const { result, tookMs, stretch } = await timed(() => publisher.publish());
        expect(result).toBe(true);
        expect(tookMs).toBeLessThan(WITNESS_TIMEOUT_MS * stretch);
      }
      await until(() => lines().includes('a witness did not cosign'));
      expect(fatal).toEqual([]);
    },
  );
});

describe('the loop', () => {
  it('publishes the empty tree at once, and growth when it is told of it', async () => {
    const publisher = await newPublisher();
    void run(publisher);
    await until(() => publisher.published?.size === 0);
    await grow(0, 4);
    publisher.notify();
    await until(() => publisher.published?.size === 4);
    await until(() => witnesses.every(({ size }) => size === 4));
    expect(fatal).toEqual([]);
  });

  it('has an idle log cosigned again, without signing anything new', async () => {
    const publisher = await newPublisher({ refreshMs: 60 });
    void run(publisher);
    await until(() => witnesses.every(({ offers }) => offers.length >= 4));
    const notes = new Set(witnesses.flatMap(({ offers }) => offers.map((o) => o.checkpoint)));
    expect(notes.size).toBe(1);
    expect(await stored.signedAfter(-1, 10)).toHaveLength(1);
  });

  it('signs at most once in its interval', async () => {
    const publisher = await newPublisher({ intervalMs: 100 });
    void run(publisher);
    const startedMs = performance.now();
    const tookMs = () => performance.now() - startedMs;
    for (let size = 1; tookMs() < 450; size++) {
      await grow(size - 1, size);
      publisher.notify();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const signed = await stored.signedAfter(-1, 100);
    // The first at once.
    expect(signed.length).toBeLessThanOrEqual(Math.floor(tookMs() / 100) + 2);
  });

  it('tries again by itself when the quorum is missing', async () => {
    for (const witness of witnesses) witness.behaviour = () => ({ status: 503, body: '' });
    const publisher = await newPublisher();
    void run(publisher);
    await until(() => publisher.trouble !== undefined);
    for (const witness of witnesses) witness.behaviour = () => undefined;
    await until(() => publisher.published !== undefined);
  });

  it('goes on when the store was full', async () => {
    store.kind = 'full';
    store.nextFault = 'not persisted';
    const publisher = await newPublisher();
    void run(publisher);
    await until(() => publisher.published !== undefined);
    expect(lines()).toContain('the store is full; nothing is published');
    expect(fatal).toEqual([]);
  });

  it('shows nobody a checkpoint that the mark has no room for, and goes on when it has', async () => {
    const publisher = await confirmedPublisher();
    const raise = mark.raise.bind(mark);
    mark.raise = () => Promise.reject(new StoreError('full', 'injected'));
    const offers = () => witnesses.flatMap((witness) => witness.offers).length;
    const before = offers();
    void run(publisher);
    await grow(0, 2);
    publisher.notify();
    await until(() => lines().includes('the store is full; nothing is published'));
    expect(offers()).toBe(before);
    expect(publisher.trouble).toBe('nothing is published: injected');
    expect(publisher.obstacle).toBeInstanceOf(StoreError);
    mark.raise = raise;
    await until(() => publisher.published?.size === 2);
    await until(() => publisher.trouble === undefined);
    expect(publisher.obstacle).toBeUndefined();
    expect((await HighWaterMark.open(markPath, key.verifier.text)).mark?.signed?.size).toBe(2);
  });
});

describe('tiles that are published elsewhere', () => {
  it('are there before the checkpoint over them is signed', async () => {
    const publisher = await confirmedPublisher();
    const published = Promise.withResolvers<void>();
    const asked: number[] = [];
    tiles.publish = async (size) => {
      asked.push(size);
      await published.promise;
    };
    const offers = () => witnesses.flatMap((witness) => witness.offers).length;
    const before = offers();
    await grow(0, 3);
    const round = publisher.publish();
    await until(() => asked.length > 0);
    expect([asked, publisher.signedSize, offers()]).toEqual([[3], 0, before]);
    expect((await stored.lastSigned())?.size).toBe(0);
    published.resolve();
    expect(await round).toBe(true);
    expect(publisher.published?.size).toBe(3);
  });

  it('keep the last checkpoint, and entries out, until they can be; then all goes on', async () => {
    const publisher = await confirmedPublisher();
    const { publish } = tiles;
    tiles.publish = () => Promise.reject(new TilePublicationError('injected'));
    void run(publisher);
    await grow(0, 2);
    publisher.notify();
    await until(() => publisher.trouble === 'nothing is published: injected');
    expect(publisher.obstacle).toBeInstanceOf(TilePublicationError);
    expect([publisher.published?.size, (await stored.lastSigned())?.size]).toEqual([0, 0]);
    tiles.publish = publish;
    await until(() => publisher.published?.size === 2 && publisher.trouble === undefined);
    expect(publisher.obstacle).toBeUndefined();
    expect(fatal).toEqual([]);
  });

  it('show the checkpoint with its cosignatures before anybody else does, or it is not published', async () => {
    const publisher = await confirmedPublisher();
    const shown: string[] = [];
    tiles.show = () => Promise.reject(new TilePublicationError('injected'));
    await grow(0, 2);
    await expect(publisher.publish()).rejects.toThrow('injected');
    expect([publisher.published?.size, await stored.published()]).toEqual([
      0,
      publisher.published?.note,
    ]);
    tiles.show = async (note) => void shown.push(note);
    expect(await publisher.publish()).toBe(true);
    expect(shown).toEqual([publisher.published?.note]);
    expect(shown[0]).toBe(await stored.published());
    expect(publisher.published?.size).toBe(2);
  });

  it('tell of a tree that this log has signed and does not have: it has gone back', async () => {
    const publisher = await confirmedPublisher();
    tiles.publish = () => Promise.reject(new LostTreeError('injected'));
    await grow(0, 2);
    expect(await publisher.publish()).toBe(false);
    expect(confirmation.trouble).toMatch(/^injected\. No entry is taken/);
    expect((await stored.lastSigned())?.size).toBe(0);
  });

  it('sign nothing more of a log that has gone back while they were published', async () => {
    const publisher = await confirmedPublisher();
    tiles.publish = async () => confirmation.goneBack('injected');
    await grow(0, 2);
    expect(await publisher.publish()).toBe(false);
    expect((await stored.lastSigned())?.size).toBe(0);
  });

  it('end the process by a defect of theirs, as any other does', async () => {
    tiles.publish = () => Promise.reject(new TypeError('injected'));
    await run(await newPublisher());
    expect(fatal).toEqual([expect.any(TypeError)]);
  });
});

describe('a second start', () => {
  it('shows what was published, and goes on from what was signed', async () => {
    const first = await confirmedPublisher();
    await grow(0, 3);
    await first.publish();
    for (const witness of witnesses) witness.behaviour = () => ({ status: 500, body: '' });
    await grow(3, 5);
    await first.publish();
    for (const witness of witnesses) witness.behaviour = () => undefined;

    const second = await newPublisher();
    expect(second.published?.note).toBe(first.published?.note);
    expect(await second.publish()).toBe(true);
    expect(second.published?.size).toBe(5);
    expect((await stored.signedAfter(-1, 10)).map(({ size }) => size)).toEqual([0, 3, 5]);
  });
});

describe('the process ends', () => {
  it('when somebody else has signed meanwhile', async () => {
    const publisher = await newPublisher();
    await stored.recordSigned(signedHead(TileBuilder.empty()), undefined);
    await run(publisher);
    expect(fatal).toEqual([expect.objectContaining({ name: 'StoreError', kind: 'conflict' })]);
    expect(witnesses.flatMap(({ offers }) => offers)).toEqual([]);
  });

  it('when the tree is smaller than what was signed, or another', async () => {
    const publisher = await confirmedPublisher();
    await grow(0, 4);
    await publisher.publish();
    const grown = head;
    for (const size of [0, 4]) {
      head = { size, root: EMPTY_ROOT };
      await expect(publisher.publish()).rejects.toMatchObject({ kind: 'conflict' });
    }
    head = grown;
  });

  it('when a write fails and nobody knows whether it was persisted', async () => {
    store.nextFault = 'reply lost';
    await run(await newPublisher());
    expect(fatal).toEqual([expect.objectContaining({ kind: 'failed' })]);
  });
});

describe('a witness that holds a larger checkpoint with our signature', () => {
  function holdLarger(witness: FakeWitness, delayMs: number): void {
    const tree = TileBuilder.empty();
    for (const { leafHash } of newEntries(0, 9)) tree.append(leafHash);
    witness.note = signedHead(tree).note;
    witness.behaviour = async () => {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return { status: 409, body: '9\n' };
    };
  }

  it.each([0, 150])('after %i ms stops a log that starts before it takes an entry', async (ms) => {
    holdLarger(witnesses[2]!, ms);
    const publisher = await newPublisher();
    await run(publisher);
    expect(confirmation).toMatchObject({ isConfirmed: false, hasGoneBack: true });
    expect(confirmation.trouble).toMatch(/holds a checkpoint of size 9.*--trust-database/);
    expect(confirmation.refusal).toBeInstanceOf(NotConfirmedError);
    expect(publisher.published).toBeUndefined();
    expect(lines()).toContain('the log has gone back');
  });

  it.each([0, 150])('after %i ms stops a log that runs, which signs nothing again', async (ms) => {
    const publisher = await confirmedPublisher();
    const done = run(publisher);
    holdLarger(witnesses[2]!, ms);
    await grow(0, 3);
    publisher.notify();
    await done;
    expect(confirmation.hasGoneBack).toBe(true);
    const before = await stored.lastSigned();
    await grow(3, 5);
    expect(await publisher.publish()).toBe(false);
    expect(await stored.lastSigned()).toEqual(before);
    expect(fatal).toEqual([]);
  });
});
