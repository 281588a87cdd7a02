/** A map that forgets the oldest beyond its capacity: for what is worth remembering, but not needed. */
export class BoundedMap<V> {
  readonly #capacity: number;
  // Owned by this object; a Map keeps the order of insertion.
  readonly #items = new Map<string, V>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  has(key: string): boolean {
    return this.#items.has(key);
  }

  get(key: string): V | undefined {
    return this.#items.get(key);
  }

  set(key: string, value: V): void {
    this.#items.set(key, value);
    if (this.#items.size <= this.#capacity) return;
    const [oldest] = this.#items.keys();
    this.#items.delete(oldest!);
  }
}
