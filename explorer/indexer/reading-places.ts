/**
 * Places for logs that are read at the same time, so that what is fetched ahead of them all has a limit. Who has
 * waited longest has the next one.
 */
export class ReadingPlaces {
  #free: number;
  /** Owned by this object. */
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Whether whoever has a place should make way soon. */
  get isWaitedFor(): boolean {
    return this.#waiting.length > 0;
  }

  /** The result of `work`, for which a place is held. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
