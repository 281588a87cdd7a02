import { describe, expect, it } from 'vitest';
import { createLogger } from '#service/logging.ts';
import { DeadlineError, monotonicMs, repeat, sleep, withDeadline } from '#service/schedule.ts';

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
    const controller = new AbortController();
    const startsMs: number[] = [];
    await repeat(
      async () => {
        startsMs.push(monotonicMs());
        await sleep(200);
        if (startsMs.length === 3) controller.abort();
      },
      { intervalMs: 300, signal: controller.signal, logger: silent, name: 'work' },
    );
    expect(startsMs[2]! - startsMs[0]!).toBeGreaterThanOrEqual(595);
    expect(startsMs[2]! - startsMs[0]!).toBeLessThan(900);
  });
});

describe('a deadline', () => {
  it('passes a result or an error through', async () => {
    expect(await withDeadline(async () => 5, 1000)).toBe(5);
    await expect(withDeadline(() => Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
  });

  it('gives up on work that ignores its signal, and tells it', async () => {
    let seen: AbortSignal | undefined;
    const work = (signal: AbortSignal): Promise<never> => {
      seen = signal;
      return new Promise(() => undefined);
    };
    await expect(withDeadline(work, 20)).rejects.toEqual(new DeadlineError(20));
    expect(seen?.aborted).toBe(true);
  });

  it('ends with its parent, before or meanwhile, and for the same reason', async () => {
    const never = (): Promise<never> => new Promise(() => undefined);
    const controller = new AbortController();
    const waiting = withDeadline(never, 60_000, controller.signal);
    controller.abort(new Error('stopping'));
    await expect(waiting).rejects.toThrow('stopping');
    await expect(withDeadline(never, 60_000, controller.signal)).rejects.toThrow('stopping');
  });
});
