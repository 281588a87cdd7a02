/** Judgements, and the time they are given: silence where nothing is known. */
import { describe, expect, it } from 'vitest';
import { judgeOwed } from '#monitor/judge/comparison.ts';
import { Grace } from '#monitor/judge/grace.ts';
import type { Judgement, Limits } from '#monitor/judge/judgement.ts';
import { judgeLag, judgeLog, judgeRetreat, judgeWalk } from '#monitor/judge/log.ts';
import type { OwedComparison } from '#monitor/judge/observations.ts';
import { judgeAvailableQuorum, judgeReach, judgeShown } from '#monitor/judge/witness.ts';
import type { Statement } from '#monitor/statements/statement.ts';
import type { View } from '#monitor/statements/view.ts';
import { HighWater } from '#monitor/watch/high-water.ts';
import type { Policy } from '#protocol/policy/policy.ts';

const limits: Limits = {
  staleCheckpointMs: 600_000,
  staleWitnessMs: 600_000,
  downLogMs: 30_000,
  downWitnessMs: 30_000,
  owedMs: 60_000,
  chainGapMs: 3_600_000,
  clockSkewMs: 120_000,
  behindMs: 60_000,
  graceMs: 30_000,
};
const policy: Policy = { logs: [], witnesses: [], groups: [], quorum: 'none' };
const failure = (count: number) => {
  return { kind: 'unavailable' as const, detail: 'away', count, forMs: 1 };
};
const words = (judgements: readonly Judgement[]) =>
  judgements.map(({ kind, state, afterMs }) => `${kind} ${state} ${afterMs}`);

describe('what is not known is neither bad nor good', () => {
  it('nobody has been asked', () => {
    const nobody = { origin: 'o', asked: false };
    expect(judgeLog(nobody, policy, limits, 0)).toEqual([]);
    expect(judgeReach({ label: 'w', witnesses: [], asked: false }, limits, 0)).toEqual([]);
    expect(judgeShown({ origin: 'o', label: 'w', witnesses: [] }, limits, 0)).toEqual([]);
  });

  it('one or two requests have failed', () => {
    const witness = { label: 'w', witnesses: [], asked: true };
    expect(judgeReach({ ...witness, failure: failure(2) }, limits, 0)).toEqual([]);
    expect(words(judgeReach({ ...witness, failure: failure(3) }, limits, 0))).toEqual([
      'witness-down bad 30000',
    ]);
    const log = { origin: 'o', asked: true, failure: failure(2) };
    expect(words(judgeLog(log, policy, limits, 0))).toEqual([]);
  });

  it('no quorum is asked for', () => {
    expect(judgeAvailableQuorum([], policy, limits, 0)).toEqual([]);
  });

  it('a walk that ended early says nothing about the tiles behind its end', () => {
    const problems = [{ kind: 'unavailable' as const, where: 'tile/entries/001', detail: 'gone' }];
    expect(words(judgeWalk('o', problems, limits))).toEqual(['log-down bad 30000']);
  });
});

describe('a comparison that is owed', () => {
  const statement = (size: number, ...cosigners: string[]) =>
    ({
      checkpoint: { size },
      cosigners: new Map(cosigners.map((name) => [name, {}])),
    }) as unknown as Statement;
  const owed = (sinceMs: number, first: Statement, second: Statement): OwedComparison => {
    return { unproven: first, against: second, sinceMs, reason: 'status 503' };
  };
  const witnessed: Policy = {
    ...policy,
    witnesses: ['x', 'y', 'z'].map((name) => ({ name })) as unknown as Policy['witnesses'],
    groups: [{ name: 'two', threshold: 2, members: ['x', 'y', 'z'] }],
    quorum: 'two',
  };
  const idle = { checkpoint: false };
  const judged = (cases: OwedComparison[], nowMs: number, meanwhile = idle, by = witnessed) =>
    judgeOwed('o', cases, meanwhile, by, limits, nowMs);

  it('is an alert at its deadline and not before, by who stands behind it', () => {
    const cases = [owed(0, statement(5, 'x'), statement(9)), owed(0, statement(6), statement(9))];
    expect(words(judged(cases, 59_999))).toEqual([]);
    expect(words(judged(cases, 60_000))).toEqual([
      'consistency-unproven bad 0',
      'checkpoint-unproven bad 0',
    ]);
    expect(words(judged([], 60_000))).toEqual([
      'consistency-unproven good 0',
      'checkpoint-unproven good 0',
    ]);
  });

  it('says when both sides carry a quorum, and when the log answers everything else', () => {
    const both = owed(0, statement(5, 'x', 'y'), statement(9, 'x', 'z'));
    const one = owed(0, statement(5, 'y'), statement(9, 'x', 'z'));
    const detail = (item: OwedComparison, meanwhile = idle) =>
      judged([item], 60_000, meanwhile)[0]!.detail;
    expect(detail(both)).toContain('Both sides carry a quorum');
    expect(detail(one)).not.toContain('Both sides');
    const answering = { checkpoint: true, walkedAtMs: 30_000 };
    expect(detail(one, answering)).toContain('answered everything else');
    expect(detail(one)).not.toContain('answered everything else');
    expect(detail(one, { checkpoint: true, walkedAtMs: -5 } as never)).not.toContain('everything');
  });
});

it('what goes back is bad at the second look, and good as soon as it does not', () => {
  const judged = (looks: number) =>
    words(judgeRetreat('o', '', 'log-went-back', { largest: 40, shown: 20, looks }));
  expect([0, 1, 2].map(judged)).toEqual([['log-went-back good 0'], [], ['log-went-back bad 0']]);
});

it('a witness whose time goes back at the same size, or a larger one, is bad at the second look', () => {
  const water = new HighWater(10, 5000);
  const looked = (size: number, timeMs: number) => {
    water.look(size, timeMs);
    return words(judgeRetreat('o', 'w', 'witness-went-back', water.retreat));
  };
  expect(looked(10, 5000)).toEqual(['witness-went-back good 0']);
  expect(looked(10, 4000)).toEqual([]);
  expect(looked(12, 4000)).toEqual(['witness-went-back bad 0']);
  const [bad] = judgeRetreat('o', 'w', 'witness-went-back', water.retreat);
  expect(bad!.detail).toContain('1970-01-01T00:00:05.000Z, and now at 1970-01-01T00:00:04.000Z');
  expect(looked(12, 5000)).toEqual(['witness-went-back good 0']);
});

it('what is published and unchecked for a minute is a lag, also when it was one before a restart', () => {
  const judged = (nowMs: number, hasCaughtUp = true) => {
    const lag = { owed: { size: 20, sinceMs: 0 }, hasCaughtUp };
    return words(judgeLag('o', lag, { shown: 40, walked: 10 }, limits, nowMs));
  };
  expect(judged(59_999)).toEqual(['monitor-lag good 0']);
  expect(judged(59_999, false)).toEqual([]);
  expect(judged(60_000)).toEqual(['monitor-lag bad 0']);
});

describe('a witness that offers no checkpoint of its own', () => {
  const witnesses = [{ name: 'w' }] as unknown as Policy['witnesses'];
  const published = (timeSeconds: number) =>
    ({ cosignatures: [{ witness: 'w', timeSeconds }] }) as unknown as View;

  it('is judged by its cosignatures on what the log publishes', () => {
    const shown = { origin: 'o', label: 'w', witnesses, shown: 'absent' as const };
    const judged = (timeSeconds: number) =>
      words(judgeShown({ ...shown, published: published(timeSeconds) }, limits, 1_000_000));
    expect(judged(900)).toContain('witness-stale good 0');
    expect(judged(300)).toContain('witness-stale bad 30000');
    expect(words(judgeShown(shown, limits, 0))).toContain('witness-stale bad 630000');
  });

  it('is not down while it cosigns', () => {
    const away = { label: 'w', witnesses, asked: true, failure: { ...failure(9), forMs: 40_000 } };
    const judged = (cosignedAtMs: number) =>
      words(judgeReach({ ...away, cosignedAtMs }, limits, 100_000));
    expect(judged(70_000)).toEqual(['witness-down good 0']);
    expect(judged(50_000)).toEqual(['witness-down bad 30000']);
  });
});

describe('grace', () => {
  const bad = { kind: 'log-down', origin: 'o', subject: '', detail: '', afterMs: 100 } as const;
  const judged = (state: 'bad' | 'good'): Judgement[] => [{ ...bad, state }];

  it('counts what is bad once it has been so for long enough without a break', () => {
    const grace = new Grace();
    expect(grace.settle(judged('bad'), 0)).toEqual([]);
    expect(grace.settle(judged('bad'), 99)).toEqual([]);
    expect(grace.settle(judged('good'), 99)).toHaveLength(1);
    expect(grace.settle(judged('bad'), 100)).toEqual([]);
    expect(grace.settle([], 150)).toEqual([]);
    expect(grace.settle(judged('bad'), 200)).toHaveLength(1);
  });

  it('keeps apart what is about different things', () => {
    const grace = new Grace();
    grace.settle(judged('bad'), 0);
    expect(grace.settle([{ ...bad, state: 'bad', subject: 'other' }], 100)).toEqual([]);
    expect(grace.settle(judged('bad'), 100)).toHaveLength(1);
  });
});
