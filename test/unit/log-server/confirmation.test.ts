/** What a log believes about its own database at a start: the mark, the witnesses, the operator. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  Confirmation,
  NotConfirmedError,
  type SeenState,
} from '#log-server/publishing/confirmation.ts';
import type { RoundResult } from '#log-server/publishing/round.ts';
import {
  LostTreeError,
  WitnessFault,
  type WitnessFaultKind,
  type WitnessFeed,
} from '#log-server/publishing/witness-feed.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import { StoreError } from '#log-server/store/store.ts';
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { logKey, silent } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';

const KEY = logKey().verifier.text;
const NO_WITNESSES = parsePolicy(`log ${KEY}\nquorum none\n`);
const WITNESSES = { ...NO_WITNESSES, quorum: 'some' };
const rootOf = (size: number, tree = 1): Hash => asHash(new Uint8Array(32).fill(size * 8 + tree));
const head = (size: number, tree?: number) => ({ size, root: rootOf(size, tree) });

let path: string;
beforeEach(() => {
  path = join(tempFolder(), 'high-water');
});

/** Of a database with this tree and this checkpoint signed last. */
async function begin(
  size: number,
  signed: number,
  options: { isTrusted?: boolean; policy?: typeof WITNESSES; seen?: SeenState } = {},
) {
  const mark = await HighWaterMark.open(path, KEY);
  const stored = {
    head: head(size),
    signed: { ...head(signed), note: 'note' },
    rootAt: async (asked: number) => rootOf(asked),
  };
  return await Confirmation.begin({
    mark,
    stored,
    policy: WITNESSES,
    isTrusted: false,
    logger: silent,
    ...options,
  });
}

/** A mark as a log leaves it that was killed, or stopped in order. */
async function leave(signed: number, stopped?: ReturnType<typeof head>, tree?: number) {
  const mark = await HighWaterMark.open(path, KEY);
  await mark.raise(head(signed, tree));
  if (stopped !== undefined) await mark.stop(stopped);
}

const round = (
  quorumMet: boolean,
  ...faults: (WitnessFaultKind | 'lost' | undefined)[]
): RoundResult => ({
  quorumMet,
  cosignatures: [],
  outcomes: new Map(
    faults.map((kind): [WitnessFeed, Error | undefined] => [
      {} as WitnessFeed,
      kind === undefined
        ? undefined
        : kind === 'lost'
          ? new LostTreeError('lost')
          : new WitnessFault(kind, kind),
    ]),
  ),
});

describe('a log after a start', () => {
  it('takes nothing until a quorum has cosigned what it signed last', async () => {
    await leave(3);
    const log = await begin(5, 3);
    expect(log.refusal).toBeInstanceOf(NotConfirmedError);
    await log.judge(round(false, undefined, 'unreachable', 'refused'));
    expect(log.isConfirmed).toBe(false);
    expect(log.trouble).toMatch(/until witnesses confirm/);
    await log.judge(round(true, undefined, undefined));
    expect(log.refusal).toBeUndefined();
    expect(log.trouble).toBeUndefined();
  });

  it('is not stopped by one witness that lies, as long as the others make a quorum', async () => {
    await leave(3);
    for (const lie of ['ahead', 'disagrees', 'overtaken'] as const) {
      const log = await begin(5, 3);
      await log.judge(round(true, undefined, undefined, lie));
      expect(log.isConfirmed).toBe(true);
    }
  });

  it('goes on with its mark alone if it was stopped in order and no witness can be asked', async () => {
    await leave(3, head(5));
    const log = await begin(5, 3);
    expect(log.isConfirmed).toBe(false);
    await log.judge(round(false, 'unreachable', 'refused', 'invalid'));
    expect(log.isConfirmed).toBe(true);
  });

  it.each(['ahead', 'disagrees', 'overtaken'] as const)(
    'that was stopped in order waits while one witness says "%s" and there is no quorum',
    async (claim) => {
      await leave(3, head(5));
      const log = await begin(5, 3);
      await log.judge(round(false, 'unreachable', claim));
      expect(log.isConfirmed).toBe(false);
    },
  );

  it('waits for witnesses if it was killed, has no mark, or has another tree than at the stop', async () => {
    const away = round(false, 'unreachable');
    const waits = async () => {
      const log = await begin(5, 3);
      await log.judge(away);
      return !log.isConfirmed && !log.hasGoneBack;
    };
    expect(await waits()).toBe(true);
    await leave(3);
    expect(await waits()).toBe(true);
    await leave(3, head(4));
    expect(await waits()).toBe(true);
  });

  it('counts as killed from the moment on from which it takes entries', async () => {
    await leave(3, head(5));
    const first = await begin(5, 3);
    await first.judge(round(false, 'unreachable'));
    expect(first.isConfirmed).toBe(true);
    const second = await begin(5, 3);
    await second.judge(round(false, 'unreachable'));
    expect(second.isConfirmed).toBe(false);
  });

  it('without witnesses in its policy goes by the mark', async () => {
    const options = { policy: NO_WITNESSES };
    expect((await begin(5, 3, options)).isConfirmed).toBe(true);
    await leave(4);
    expect((await begin(5, 3, options)).hasGoneBack).toBe(true);
  });
});

describe('a database that has gone back', () => {
  it.each([
    ['knows less than was signed', () => leave(4)],
    ['has another root where it was signed', () => leave(3, undefined, 2)],
    ['is smaller than at the last stop', () => leave(3, head(6))],
    ['has another root than at the last stop', () => leave(3, head(5, 2))],
  ])('and %s stops the log, whatever witnesses say', async (_, before) => {
    await before();
    const log = await begin(5, 3);
    expect(log.hasGoneBack).toBe(true);
    expect(log.trouble).toMatch(/by the high-water mark .*--trust-database/);
    await log.judge(round(true, undefined));
    expect(log.refusal).toBeInstanceOf(NotConfirmedError);
  });

  it.each([
    ['committed size 6', { head: head(6) }],
    ['committed size 5 with another root', { head: head(5, 2) }],
    ['given indices up to size 6', { answeredSize: 6 }],
    ['signed size 4, and the database knows of 3', { signedSize: 4 }],
  ])(
    'where others write to it, too, and one was seen to have %s, stops the log',
    async (what, more) => {
      const seen = { head: head(5), signedSize: 3, answeredSize: 5 };
      expect((await begin(5, 3, { seen })).hasGoneBack).toBe(false);
      const log = await begin(5, 3, { seen: { ...seen, ...more } });
      expect(log.hasGoneBack).toBe(true);
      expect(log.trouble).toContain(`by this process the log has ${what}`);
    },
  );

  it('in itself, which has signed what it does not hold, stops the log', async () => {
    expect((await begin(3, 5)).hasGoneBack).toBe(true);
  });

  it('by the proof of one witness stops the log, also when it runs', async () => {
    await leave(3);
    const log = await begin(5, 3);
    await log.judge(round(true, undefined, undefined));
    await log.judge(round(true, undefined, undefined, 'lost'));
    expect(log).toMatchObject({ isConfirmed: false, hasGoneBack: true });
  });

  it('goes on where the operator trusts it, and the mark begins again from there', async () => {
    await leave(9);
    const mark = await HighWaterMark.replacing(path, KEY);
    const stored = {
      head: head(5),
      signed: { ...head(3), note: 'note' },
      rootAt: async (size: number) => rootOf(size),
    };
    const log = await Confirmation.begin({
      mark,
      stored,
      policy: WITNESSES,
      isTrusted: true,
      logger: silent,
    });
    expect(log.isConfirmed).toBe(true);
    await log.judge(round(false, 'lost'));
    expect(log.isConfirmed).toBe(true);
    expect((await HighWaterMark.open(path, KEY)).mark).toEqual({ signed: head(3) });
  });
});

it('a full disk keeps the log waiting, and it goes on when there is room', async () => {
  await leave(3);
  const mark = await HighWaterMark.open(path, KEY);
  const stored = {
    head: head(3),
    signed: { ...head(3), note: '' },
    rootAt: async (n: number) => rootOf(n),
  };
  const begun = mark.begin.bind(mark);
  mark.begin = () => Promise.reject(new StoreError('full', 'injected'));
  const log = await Confirmation.begin({
    mark,
    stored,
    policy: NO_WITNESSES,
    isTrusted: false,
    logger: silent,
  });
  await expect(log.judge(round(true))).rejects.toMatchObject({ kind: 'full' });
  expect(log.isConfirmed).toBe(false);
  mark.begin = begun;
  await log.judge(round(true));
  expect(log.isConfirmed).toBe(true);
});
