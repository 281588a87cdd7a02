import { describe, expect, it } from 'vitest';
import { quorumSamples, type Sample } from '#test/bench/support/regions/calls.ts';
import {
  expectedMs,
  quorumMs,
  REGIONS,
  roundTripMs,
} from '#test/bench/support/regions/distances.ts';
import { cellOf, sceneTable } from '#test/bench/support/regions/figures.ts';

describe('what distance alone makes of a log in three regions', () => {
  it('is as far there as back, and nothing within a region', () => {
    expect(roundTripMs('eu', 'asia')).toBe(160);
    expect(roundTripMs('asia', 'eu')).toBe(160);
    expect(roundTripMs('eu', 'eu')).toBe(0);
  });

  it('is for a quorum the way to the last of those that it needs', () => {
    expect([1, 2, 3, 4].map((k) => quorumMs('us', REGIONS, k))).toEqual([0, 80, 140, Infinity]);
    expect(quorumMs('us', ['us', 'asia'], 2)).toBe(140);
  });

  it('is one round trip for an index, and for a proof what cosigning takes besides', () => {
    expect(REGIONS.map((region) => expectedMs('index', region, REGIONS, 2))).toEqual([0, 80, 140]);
    expect(REGIONS.map((region) => expectedMs('proof', region, REGIONS, 2))).toEqual([
      130, 290, 410,
    ]);
    expect(expectedMs('quorum', 'asia', REGIONS, 2)).toBe(200);
    // All three, and so none that is waited for in vain.
    expect(expectedMs('quorum', 'us', REGIONS, 3)).toBe(140);
  });

  it('is for ever where the sequencer, or its quorum, is not reached', () => {
    expect(expectedMs('index', 'asia', ['us', 'eu'], 2)).toBe(Infinity);
    expect(expectedMs('index', 'us', ['eu', 'asia'], 2)).toBe(0);
    expect(expectedMs('proof', 'us', ['eu', 'asia'], 2)).toBe(Infinity);
    expect(expectedMs('proof', 'us', ['us', 'eu'], 2)).toBe(130);
  });
});

describe('samples', () => {
  const sample = (ms: number, more: Partial<Sample> = {}): Sample => ({
    startedAtMs: 1000,
    ms,
    ...more,
  });

  it('of a quorum end with the first checkpoint that holds the entry', () => {
    const seen = [
      { size: 5, atMs: 1100 },
      { size: 7, atMs: 1300 },
    ];
    const samples = [
      sample(9, { index: 5 }),
      sample(9, { index: 4 }),
      sample(9, { index: 7 }),
      sample(9),
    ];
    expect(quorumSamples(samples, seen).map(({ ms }) => ms)).toEqual([300, 100]);
  });

  it('are told by their middle and their end, beside what was expected, or by why there are none', () => {
    const figure = (samples: Sample[]) => ({ samples, expectedMs: 80 });
    expect(cellOf(figure([sample(84), sample(90), sample(200)]))).toBe('90 / 200 (80)');
    const failed = sample(3000, { failure: 'no-sequencer' });
    expect(cellOf(figure([sample(84), failed]))).toBe('84 / 84 (80), 1 of 2 failed');
    expect(cellOf(figure([failed, sample(10, { failure: 'no-sequencer' })]))).toBe(
      'no-sequencer (0.0 s to 3.0 s)',
    );
    expect(cellOf(undefined)).toBe('-');
  });

  it('make a table with a line for each region', () => {
    const lines = sceneTable(new Map()).split('\n');
    expect(lines).toHaveLength(2 + REGIONS.length);
    expect(new Set(lines.map((line) => line.split('|').length)).size).toBe(1);
  });
});
