/** A cache with a budget: the entries used longest ago go first. Counted in whatever `costOf` says. */
export class BoundedCache<K, V> {
  readonly #maxCost: number;
  readonly #costOf: (value: V) => number;
  // A Map iterates in insertion order; reading an entry moves it to the end.
  readonly #entries = new Map<K, V>();
  #cost = 0;

  constructor(maxCost: number, costOf: (value: V) => number) {
    this.#maxCost = maxCost;
    this.#costOf = costOf;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#remove(key);
    this.#entries.set(key, value);
    this.#cost += this.#costOf(value);
    for (const oldest of this.#entries.keys()) {
      if (this.#cost <= this.#maxCost) break;
      this.#remove(oldest);
    }
  }

  #remove(key: K): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#cost -= this.#costOf(value);
  }
}
