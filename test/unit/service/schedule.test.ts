import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createLogger } from '#service/logging.ts';
import { atMostEvery, monotonicMs, repeat, sleep } from '#service/schedule.ts';

const silent = createLogger({ name: 'test', level: 'silent' });

describe('sleep', () => {
  it('lasts as long as asked', async () => {
    const startedMs = monotonicMs();
    expect(await sleep(30)).toBe(true);
    expect(monotonicMs() - startedMs).toBeGreaterThanOrEqual(29);
  });

  it('ends at once when aborted, before or meanwhile', async () => {
    const controller = new AbortController();
    const slept = sleep(60_000, controller.signal);
    controller.abort();
    expect(await slept).toBe(false);
    expect(await sleep(60_000, controller.signal)).toBe(false);
  });
});

describe('what is computed at most every so often', () => {
  it('is computed once for all who ask, also while it is being computed, and again later', async () => {
    let computed = 0;
    const get = atMostEvery(100, async () => {
      await sleep(5);
      return ++computed;
    });
    expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
    await sleep(100);
    expect(await get()).toBe(2);
  });

  it('is tried again after a failure', async () => {
    let tries = 0;
    const get = atMostEvery(60_000, async () => {
      if (++tries === 1) throw new Error('first');
      return tries;
    });
    await expect(get()).rejects.toThrow('first');
    expect([await get(), await get()]).toEqual([2, 2]);
  });
});

describe('repeat', () => {
  it('runs at once and again, never overlapping, until aborted; then waits for the last run', async () => {
    const controller = new AbortController();
    let running = 0;
    let runs = 0;
    let mostAtOnce = 0;
    await repeat(
      async () => {
        running++;
        mostAtOnce = Math.max(mostAtOnce, running);
        await sleep(15);
        running--;
        if (++runs === 4) controller.abort();
      },
      { intervalMs: 5, jitter: 0.5, signal: controller.signal, logger: silent, name: 'work' },
    );
    expect({ runs, running, mostAtOnce }).toEqual({ runs: 4, running: 0, mostAtOnce: 1 });
  });

  it('logs a failed run and goes on', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    const logger = createLogger({ name: 't', destination: { write: (line) => lines.push(line) } });
    let runs = 0;
    await repeat(
      () => {
        if (++runs === 3) controller.abort();
        throw new Error(`run ${runs}`);
      },
      { intervalMs: 1, signal: controller.signal, logger, name: 'poll' },
    );
    expect(runs).toBe(3);
    expect(lines.filter((line) => line.includes('"task":"poll"'))).toHaveLength(2);
  });

  it('keeps its rhythm from start to start', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const controller = new AbortController();
    const startsMs: number[] = [];
    const done = repeat(
      async () => {
        startsMs.push(monotonicMs());
        await sleep(200);
        if (startsMs.length === 3) controller.abort();
      },
      { intervalMs: 300, signal: controller.signal, logger: silent, name: 'work' },
    );
    await vi.advanceTimersByTimeAsync(2000);
    await done;
    expect(startsMs.map((ms) => ms - startsMs[0]!)).toEqual([0, 300, 600]);
  });
});
