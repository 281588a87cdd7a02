/**
 * A budget of bytes for request bodies held in memory at the same time, so that many large uploads
 * at once are refused instead of filling the memory.
 */
export class ByteBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` with `bytes` set aside; undefined, without running it, when there are too few. */
  async spend<T>(bytes: number, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#used + bytes > this.#limit) return undefined;
    this.#used += bytes;
    try {
      return await work();
    } finally {
      this.#used -= bytes;
    }
  }
}
