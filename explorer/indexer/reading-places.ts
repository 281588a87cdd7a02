/**
 * Places for logs that are read at the same time, so that what is fetched ahead of them all has a limit. Who has
 * waited longest has the next one, and who has held one for a slice of time makes way for him.
 */
export class ReadingPlaces {
  readonly #sliceMs: number;
  // All owned by this object.
  #free: number;
  readonly #waiting: (() => void)[] = [];
  /** Of those whose slice is over, who may stay until somebody waits; the longest first. */
  readonly #overdue = new Set<AbortController>();

  constructor(places: number, sliceMs: number) {
    this.#free = places;
    this.#sliceMs = sliceMs;
  }

  /** The result of `work`, for which a place is held; its signal is aborted when it should make way. */
  async hold<T>(work: (makeWay: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await this.#wait();
    const holder = new AbortController();
    const sliceEnd = setTimeout(() => {
      this.#overdue.add(holder);
      this.#askForOne();
    }, this.#sliceMs);
    try {
      return await work(holder.signal);
    } finally {
      clearTimeout(sliceEnd);
      this.#overdue.delete(holder);
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#askForOne();
    });
  }

  #askForOne(): void {
    const [longest] = this.#overdue;
    if (longest === undefined || this.#waiting.length === 0) return;
    this.#overdue.delete(longest);
    longest.abort();
  }
}
