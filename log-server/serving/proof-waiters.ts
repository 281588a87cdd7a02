/**
 * Submissions that wait until a published checkpoint covers their index. Bounded in number and time;
 * one that is given up by its client is forgotten at once.
 */
import type { PublishedCheckpoint } from './published-checkpoint.ts';

/** As many submissions as allowed are waiting already. */
export class TooManyWaitersError extends Error {
  override readonly name = 'TooManyWaitersError';
}

interface Waiter {
  readonly index: number;
  readonly resolve: (published: PublishedCheckpoint | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

export class ProofWaiters {
  readonly #maxWaiters: number;
  readonly #waiters = new Set<Waiter>();

  constructor(maxWaiters: number) {
    this.#maxWaiters = maxWaiters;
  }

  get count(): number {
    return this.#waiters.size;
  }

  /** Throws `TooManyWaitersError` if one more may not wait; to be asked before work is done. */
  checkRoom(): void {
    if (this.#waiters.size >= this.#maxWaiters) {
      throw new TooManyWaitersError(`${this.#waiters.size} submissions are waiting already`);
    }
  }

  /**
   * The first checkpoint published from now on that covers `index`; undefined after `timeoutMs`,
   * when `cancelled` is aborted, and at once when there is no room: what has been stored by then
   * must be answered with its index, not refused.
   */
  async wait(
    index: number,
    timeoutMs: number,
    cancelled?: AbortSignal,
  ): Promise<PublishedCheckpoint | undefined> {
    if (cancelled?.aborted || this.#waiters.size >= this.#maxWaiters) return undefined;
    return await new Promise<PublishedCheckpoint | undefined>((resolve) => {
      const timer = setTimeout(() => this.#settle(waiter, undefined), timeoutMs);
      const waiter: Waiter = { index, resolve, timer };
      this.#waiters.add(waiter);
      cancelled?.addEventListener('abort', () => this.#settle(waiter, undefined), { once: true });
    });
  }

  published(checkpoint: PublishedCheckpoint): void {
    for (const waiter of this.#waiters) {
      if (waiter.index < checkpoint.size) this.#settle(waiter, checkpoint);
    }
  }

  /** Answers everybody with undefined. */
  close(): void {
    for (const waiter of this.#waiters) this.#settle(waiter, undefined);
  }

  #settle(waiter: Waiter, published: PublishedCheckpoint | undefined): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    waiter.resolve(published);
  }
}
