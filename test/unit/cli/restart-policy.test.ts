import { describe, expect, it } from 'vitest';
import type { ChildEnd } from '#cli/network/child.ts';
import { decide, MAX_ENDS } from '#cli/network/restart-policy.ts';

const KILLED: ChildEnd = { name: 'witness-1', code: null, signal: 'SIGKILL', reason: undefined };

/** What is decided after each of these ends. */
function decisions(endsMs: readonly number[]) {
  return endsMs.map((_, i) => decide(KILLED, endsMs.slice(0, i + 1), true));
}

describe('a process that ended by itself', () => {
  it('is started again at once, then ever later, and left dead when it keeps ending', () => {
    const all = decisions([0, 5000, 10_000, 20_000, 59_999]);
    expect(all).toHaveLength(MAX_ENDS);
    const delays = all.slice(0, -1).map((one) => (one.kind === 'restart' ? one.delayMs : -1));
    expect(delays[0]).toBeLessThan(1000);
    expect(delays).toEqual(delays.toSorted((a, b) => a - b));
    expect(new Set(delays).size).toBe(delays.length);
    expect(all.at(-1)).toMatchObject({ kind: 'leave' });
  });

  it('is started again at once when the last time was long ago, however often that was', () => {
    const minutes = Array.from({ length: 20 }, (_, i) => i * 60_000);
    for (const decision of decisions(minutes)) expect(decision).toMatchObject({ delayMs: 100 });
  });

  it('is left dead when its operator has to mend something, or said so', () => {
    expect(decide({ ...KILLED, code: 2, signal: null }, [0], true)).toMatchObject({
      kind: 'leave',
    });
    expect(decide({ ...KILLED, code: 1, signal: null }, [0], true).kind).toBe('restart');
    expect(decide(KILLED, [0], false)).toMatchObject({ kind: 'leave' });
  });
});
