/** The table of lies in the threat model is the one that the laboratory checks. */
import { describe, expect, it } from 'vitest';
import { LIES } from '#test/adversary/lies/index.ts';
import { documented, table, withoutMeasured } from '#test/adversary/table.ts';

describe("the liar's laboratory", () => {
  it('has at least forty lies, and no two of one name', () => {
    expect(LIES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(LIES.map(({ name }) => name)).size).toBe(LIES.length);
  });

  it('is in the document as it is checked: liars, noticers, alerts, limits, evidence', () => {
    expect(withoutMeasured(documented())).toBe(withoutMeasured(table(new Map())));
  });
});
