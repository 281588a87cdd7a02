/** For how long each of the things that are done again and again has been at it. */
import { monotonicMs } from '#service/schedule.ts';

export class LoopClock {
  // Owned by this object.
  readonly #beganMs = new Map<string, number | undefined>();

  /** The same work, with its time kept. */
  timed(name: string, work: (signal: AbortSignal) => Promise<void>) {
    this.#beganMs.set(name, undefined);
    return async (signal: AbortSignal): Promise<void> => {
      this.#beganMs.set(name, monotonicMs());
      try {
        await work(signal);
      } finally {
        this.#beganMs.set(name, undefined);
      }
    };
  }

  /** All of them; 0 for what waits for its next turn. */
  busy(): { name: string; busyMs: number }[] {
    const nowMs = monotonicMs();
    return [...this.#beganMs].map(([name, beganMs]) => {
      return { name, busyMs: beganMs === undefined ? 0 : nowMs - beganMs };
    });
  }
}
