/** How a log stands is said at any time, and a log that is frozen is left alone. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JUDGE_NOTHING } from '#client/entry-judge.ts';
import { RemoteError } from '#client/http.ts';
import type { TileSource } from '#client/tile-source.ts';
import { type IndexWriter, SearchIndexError } from '#explorer/index/search-index.ts';
import { openSqliteWriter } from '#explorer/index/sqlite/writer.ts';
import { LogFollower, type LogFollowerOptions } from '#explorer/indexer/log-follower.ts';
import type { LogStatus } from '#explorer/indexer/log-status.ts';
import { oneAtATime } from '#explorer/indexer/one-at-a-time.ts';
import { ReadingPlaces } from '#explorer/indexer/reading-places.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { throwFatal } from '#service/lifecycle.ts';
import { sleep } from '#service/schedule.ts';
import { memoryFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { WitnessedSource as Source, witnessedPolicy } from '#test/support/witnessed-source.ts';

/** Enough for a bundle also on a busy machine. */
const SLICE_MS = 500;

let writer: IndexWriter;
let follower: LogFollower | undefined;
/** What the log shows. */
let source: Source;
let looks: number;
let told: LogStatus[];
let news: (string | undefined)[];
let places: ReadingPlaces;

beforeEach(() => {
  const path = join(memoryFolder(), 'explorer.db');
  writer = oneAtATime(openSqliteWriter(path, { types: ENTRY_TYPES, judged: true }));
  source = new Source();
  [looks, told, news] = [0, [], []];
  places = new ReadingPlaces(1, SLICE_MS);
});
afterEach(async () => {
  await follower?.stop();
  await writer.close();
});

async function start(options: Partial<LogFollowerOptions> = {}): Promise<LogFollower> {
  follower = await LogFollower.open({
    origin: 'log.example',
    policy: witnessedPolicy,
    writer,
    judge: JUDGE_NOTHING,
    places,
    slowPlaces: new ReadingPlaces(1, SLICE_MS),
    openSource: () => {
      looks++;
      return source;
    },
    intervalMs: 5,
    onStatus: (status) => told.push(status),
    onNews: (trouble) => news.push(trouble?.kind),
    onFatal: throwFatal,
    now: () => 1000,
    ...options,
  });
  follower.start();
  return follower;
}

const reaches = async (state: LogStatus['state'], size: number) => {
  await until(() => follower!.status.state === state && follower!.status.size === size);
};

it('is reading until all is there that the log shows, and then current', async () => {
  source.growTo(20_000);
  const { status } = await start();
  expect(status).toEqual({
    origin: 'log.example',
    state: 'reading',
    size: 0,
    indexed: 0,
    evidence: [],
    shownSize: undefined,
  });
  await reaches('current', 20_000);
  const reading = told.filter(({ state }) => state === 'reading');
  expect(reading.map(({ size }) => size)).toEqual([0, 4096, 8192, 12_288, 16_384, 20_000]);
  expect(new Set(reading.map(({ shownSize }) => shownSize))).toEqual(new Set([20_000]));
  expect(follower!.status).toMatchObject({
    indexed: 20_000,
    currentAtMs: 1000,
    trouble: undefined,
  });
  source.growTo(20_300);
  await reaches('current', 20_300);
  expect(follower!.status.indexed).toBe(20_300);
});

it('says what keeps it from going on, once, and that this is over', async () => {
  await start();
  await until(() => follower!.status.state === 'trouble');
  expect(follower!.status.trouble).toMatchObject({ kind: 'source' });
  source.growTo(20_000);
  source.missingFrom = 60;
  // As far as it goes.
  await reaches('trouble', 60 * 256);
  expect(follower!.status.trouble!.message).toContain('tile/entries/60');
  const before = looks;
  await until(() => looks > before + 4);
  expect(follower!.status).toMatchObject({ state: 'trouble', shownSize: 20_000 });
  source.missingFrom = Number.POSITIVE_INFINITY;
  await reaches('current', 20_000);
  expect(news).toEqual(['source', 'source', undefined]);
});

it.each([
  ['quorum', () => new Source().growTo(20).sign() as Source],
  ['went-back', () => new Source().growTo(5)],
])(
  'is in trouble (%s) with a log that shows what does not count, keeps what it has, and accuses nobody',
  async (kind, lie) => {
    source.growTo(10);
    await start();
    await reaches('current', 10);
    source = lie();
    await until(() => follower!.status.state === 'trouble');
    expect(follower!.status).toMatchObject({ size: 10, evidence: [] });
    expect(follower!.status.trouble!.kind).toBe(kind);
  },
);

it('passes on no more of what a log says than a page has room for', async () => {
  source.checkpoint = async () => {
    throw new RemoteError('status', 'https://log.example', '\u{1f600}'.repeat(2000));
  };
  await start();
  await until(() => follower!.status.state === 'trouble');
  const { message } = follower!.status.trouble!;
  expect(message).toMatch(/^https:\/\/log\.example: (\u{1f600})+\.\.\.$/u);
  expect([...message]).toHaveLength(503);
});

it('leaves a log alone that has contradicted itself, also after a restart', async () => {
  source.growTo(10);
  await start();
  await reaches('current', 10);
  source = new Source().growTo(10, ' forked');
  await until(() => follower!.status.state === 'frozen');
  expect(follower!.status).toMatchObject({ size: 10, trouble: { kind: 'contradiction' } });
  expect(follower!.status.evidence).toHaveLength(2);
  await until(() => news.includes('contradiction'));
  const { evidence } = follower!.status;
  await follower!.stop();
  looks = 0;
  const again = await start();
  expect(again.status).toMatchObject({ state: 'frozen', size: 10, evidence });
  await again.stop();
  expect(looks).toBe(0);
});

it('waits where the index is full, and ends the process where it fails', async () => {
  source.growTo(10);
  let kind: 'full' | 'failed' = 'full';
  const { confirm } = writer;
  writer = {
    ...writer,
    confirm: async () => Promise.reject(new SearchIndexError(kind, 'no room')),
  };
  const failed: unknown[] = [];
  await start({ onFatal: (error) => failed.push(error) });
  await until(() => follower!.status.state === 'trouble');
  expect(follower!.status.trouble).toEqual({ kind: 'storage', message: 'no room' });
  expect(failed).toEqual([]);
  kind = 'failed';
  await until(() => failed.length > 0);
  expect(failed[0]).toMatchObject({ kind: 'failed' });
  writer = { ...writer, confirm };
});

it('makes way for another log within a bundle, keeps what was verified, and is read among the slow ones', async () => {
  source.growTo(600);
  const slow = new SlowSource(source, 1);
  await start({ openSource: (signal) => slow.open(signal) });
  const another = () => places.hold(async () => undefined);
  await until(() => slow.awaited > 0);
  await another();
  await reaches('reading', 256);
  // Now there is nothing to keep.
  await until(() => slow.awaited > 0);
  await another();
  await reaches('trouble', 256);
  expect(follower!.status.trouble?.kind).toBe('slow');
  await until(() => slow.awaited > 0);
  await another();
  slow.answer();
  await reaches('current', 600);
  expect(follower!.status.trouble).toBeUndefined();
});

/** A log that answers with its bundles from one on when it is told to. */
class SlowSource {
  readonly #source: Source;
  readonly #slowFrom: number;
  readonly #answered = Promise.withResolvers<void>();
  readonly answer = this.#answered.resolve;
  /** Answers that somebody waits for. */
  awaited = 0;

  constructor(source: Source, slowFrom: number) {
    this.#source = source;
    this.#slowFrom = slowFrom;
  }

  open(signal: AbortSignal): TileSource {
    return {
      checkpoint: () => this.#source.checkpoint(),
      tile: (...tile) => this.#source.tile(...tile),
      entries: async (index, width) => {
        if (index >= this.#slowFrom) await this.#wait(signal);
        return await this.#source.entries(index, width);
      },
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const ended = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => ended.reject(signal.reason), { once: true });
    this.awaited++;
    try {
      await Promise.race([this.#answered.promise, ended.promise]);
    } finally {
      this.awaited--;
    }
  }
}

describe('a place', () => {
  it('is had by one after the other, in the order in which they came', async () => {
    const order: string[] = [];
    const work = (name: string) => async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (name === 'b') throw new RemoteError('timeout', 'b', 'no');
    };
    const done = ['a', 'b', 'c'].map((name) => places.hold(work(name)));
    const results = await Promise.allSettled(done);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('is asked back of who has had one the longest, once somebody waits', async () => {
    const two = new ReadingPlaces(2, 5);
    const asked: string[] = [];
    const hold = (name: string, enough: Promise<unknown>) =>
      two.hold(async (makeWay) => {
        makeWay.addEventListener('abort', () => asked.push(name));
        await enough;
      });
    const enough = Promise.withResolvers<void>();
    const [a, b] = [hold('a', enough.promise), hold('b', enough.promise)];
    await sleep(50);
    expect(asked).toEqual([]);
    const waiting = [hold('c', Promise.resolve())];
    expect(asked).toEqual(['a']);
    waiting.push(hold('d', Promise.resolve()));
    expect(asked).toEqual(['a', 'b']);
    enough.resolve();
    await Promise.all([a, b, ...waiting]);
  });
});
