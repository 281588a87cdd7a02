import { describe, expect, it } from 'vitest';
import {
  changedSegments,
  LONGEST_SEGMENT,
  SHORTEST_SEGMENT,
  segmentOf,
} from '#explorer/index/sqlite/segments.ts';

const SIZES = [1, 255, 256, 257, 4095, 4096, 4097, 65_535, 65_536, 65_537, 200_000, 1_000_000];

describe('segments', () => {
  it('hold each place once, at every size', () => {
    for (const size of SIZES) {
      const all = changedSegments(0, size);
      let end = 0;
      for (const { start, length } of all) {
        expect(start).toBe(end);
        expect(length).toBeGreaterThan(0);
        expect(segmentOf(start, size)).toEqual({ start, length });
        expect(segmentOf(start + length - 1, size)).toEqual({ start, length });
        end = start + length;
      }
      expect(end).toBe(size);
    }
  });

  it('are few, and only the last is not of one of three lengths', () => {
    for (const size of SIZES) {
      const all = changedSegments(0, size);
      expect(all.length).toBeLessThanOrEqual(Math.floor(size / LONGEST_SEGMENT) + 15 + 15 + 1);
      const odd = all.slice(0, -1).filter(({ length }) => ![256, 4096, 65_536].includes(length));
      expect(odd).toEqual([]);
    }
  });

  it('that are not said to have changed are the same before and after', () => {
    for (const before of SIZES) {
      for (const size of [...SIZES, before + 1, before + SHORTEST_SEGMENT].filter(
        (n) => n > before,
      )) {
        const changed = changedSegments(before, size);
        const kept = changedSegments(0, size).filter(({ start }) => start < changed[0]!.start);
        expect(changedSegments(0, before).slice(0, kept.length)).toEqual(kept);
        // What has to be gathered to make them goes back to a multiple of the longest.
        expect(changed[0]!.start).toBeGreaterThanOrEqual(before - (before % LONGEST_SEGMENT));
      }
    }
  });
});
