/**
 * Group commit: work of several requests in one transaction, so that they share one flush of the disk.
 *
 * What is handed in is gathered while each look at the network brings more, or while somebody who has
 * said so is still on the way, but not for long, and is then done in order, each in a savepoint: what one
 * throws undoes that one alone. A result is given only after the commit, and a commit that fails is the
 * failure of all.
 */
import { monotonicMs } from '#service/schedule.ts';

/** Work that shares one commit; also bounds for how long nothing else runs. */
export const MAX_TOGETHER = 128;
/** The first of a group waits no longer for others: a few flushes of a slow disk. */
const MAX_GATHER_MS = 25;

/** Runs its argument as one transaction; within another, as a savepoint of it. */
export type Atomically = <T>(work: () => T) => T;

interface Waiting {
  /** Does the work, and keeps what came of it. */
  readonly run: () => void;
  /** After the commit, or with what failed it. */
  readonly settle: (failure?: { readonly error: unknown }) => void;
}

export class GroupCommit {
  readonly #atomically: Atomically;
  readonly #isOpen: () => boolean;
  // Owned here.
  #waiting: Waiting[] = [];
  #gatherEndMs = 0;
  #seen = 0;
  /** How many have said that they come and have not left again, those in `#waiting` included. */
  #coming = 0;
  /** While nothing is to be done but to wait for them. */
  #timer: NodeJS.Timeout | undefined;

  /** `isOpen`: whether a transaction is open; some failures of the disk end it. */
  constructor(atomically: Atomically, isOpen: () => boolean) {
    this.#atomically = atomically;
    this.#isOpen = isOpen;
  }

  /** Says that work is on the way, as while it is being signed. To be called back when it is done. */
  announce(): () => void {
    this.#coming += 1;
    return () => {
      this.#coming -= 1;
      this.#wake();
    };
  }

  /** Resolves with what `work` returned once that is durable. Rejects with what undid it. */
  run<T>(work: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let outcome: () => void = () => undefined;
    const run = (): void => {
      try {
        const result = this.#atomically(work);
        outcome = () => resolve(result);
      } catch (error) {
        outcome = () => reject(error);
        if (!this.#isOpen()) throw error;
      }
    };
    const settle: Waiting['settle'] = (failure) => {
      if (failure === undefined) outcome();
      else reject(failure.error);
    };
    this.#waiting.push({ run, settle });
    if (this.#waiting.length === 1) {
      this.#gatherEndMs = monotonicMs() + MAX_GATHER_MS;
      this.#seen = 0;
      setImmediate(this.#gather);
    } else {
      this.#wake();
    }
    return promise;
  }

  readonly #gather = (): void => {
    this.#timer = undefined;
    const { length } = this.#waiting;
    const leftMs = this.#gatherEndMs - monotonicMs();
    if (length < MAX_TOGETHER && leftMs > 0) {
      if (length !== this.#seen) {
        this.#seen = length;
        setImmediate(this.#gather);
        return;
      }
      if (length < this.#coming) {
        this.#timer = setTimeout(this.#gather, leftMs);
        return;
      }
    }
    this.#commit(this.#waiting.splice(0, MAX_TOGETHER));
    this.#seen = 0;
    if (this.#waiting.length > 0) setImmediate(this.#gather);
  };

  #wake(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    setImmediate(this.#gather);
  }

  #commit(group: readonly Waiting[]): void {
    let failure: { error: unknown } | undefined;
    try {
      this.#atomically(() => {
        for (const { run } of group) run();
      });
    } catch (error) {
      failure = { error };
    }
    for (const { settle } of group) settle(failure);
  }
}
