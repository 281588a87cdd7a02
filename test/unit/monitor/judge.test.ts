/** Judgements, and the time they are given: silence where nothing is known. */
import { describe, expect, it } from 'vitest';
import { Grace } from '#monitor/grace.ts';
import {
  type Judgement,
  judgeAvailableQuorum,
  judgeLog,
  judgePass,
  judgeReach,
  judgeShown,
  judgeWalk,
  type Limits,
} from '#monitor/judge.ts';
import type { Policy } from '#protocol/policy/policy.ts';

const limits: Limits = {
  staleCheckpointMs: 600_000,
  staleWitnessMs: 600_000,
  downLogMs: 30_000,
  downWitnessMs: 30_000,
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
    expect(judgeReach({ label: 'w', witnesses: [], asked: false }, limits)).toEqual([]);
    expect(judgeShown({ origin: 'o', label: 'w', witnesses: [] }, limits, 0)).toEqual([]);
  });

  it('one or two requests have failed', () => {
    const witness = { label: 'w', witnesses: [], asked: true };
    expect(judgeReach({ ...witness, failure: failure(2) }, limits)).toEqual([]);
    expect(words(judgeReach({ ...witness, failure: failure(3) }, limits))).toEqual([
      'witness-down bad 30000',
    ]);
    const log = { origin: 'o', asked: true, failure: failure(2) };
    expect(words(judgeLog(log, policy, limits, 0))).toEqual([]);
  });

  it('the log was away during the comparison, or has shown nothing yet', () => {
    const undecided = [{ sizes: [1, 2] as const, reason: 'no tile' }];
    const report = { contradictions: [], undecided, interrupted: true };
    expect(judgePass('o', report, 2, limits)).toEqual([]);
    expect(judgePass('o', { ...report, interrupted: false }, undefined, limits)).toEqual([]);
  });

  it('no quorum is asked for', () => {
    expect(judgeAvailableQuorum([], policy, limits)).toEqual([]);
  });

  it('a walk that ended early says nothing about the tiles behind its end', () => {
    const invalid = { count: 0, examples: [] };
    const problems = [{ kind: 'unavailable' as const, where: 'tile/entries/001', detail: 'gone' }];
    const report = { problems, invalid, entriesChecked: 0 };
    expect(words(judgeWalk('o', report, limits))).toEqual(['log-down bad 30000']);
  });
});

it('what the log does not publish gets the time of a checkpoint, the rest the grace', () => {
  const undecided = [
    { sizes: [1, 2] as const, reason: 'a' },
    { sizes: [2, 9] as const, reason: 'b' },
  ];
  const report = { contradictions: [], undecided, interrupted: false };
  expect(words(judgePass('o', report, 5, limits))).toEqual([
    'consistency-unproven bad 30000',
    'consistency-unproven bad 600000',
  ]);
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
