/**
 * Work on one log at a time: what is begun for a log waits until everything before it has ended, so
 * that nothing is decided on a tree that another request is about to change. Logs do not wait for
 * one another.
 */

/** Requests that wait for one log, the one in work included. */
export const MAX_IN_LINE = 64;

export class LineByLog {
  /** Owned here: for each log with work, how much there is and when the last of it has ended. */
  readonly #lines = new Map<string, { length: number; last: Promise<unknown> }>();

  /** Runs `work` when its turn has come. Undefined, at once, where too many wait already. */
  run<T>(origin: string, work: () => Promise<T>): Promise<T> | undefined {
    const line = this.#lines.get(origin) ?? { length: 0, last: Promise.resolve() };
    if (line.length >= MAX_IN_LINE) return undefined;
    this.#lines.set(origin, line);
    line.length += 1;
    const done = line.last.then(work).finally(() => {
      line.length -= 1;
      if (line.length === 0) this.#lines.delete(origin);
    });
    line.last = done.catch(() => undefined);
    return done;
  }
}
