/**
 * What a bounded map costs for each use: lru-cache, and a Map that is kept in order of use by deleting
 * and adding again. Prints a table; the ratio is that of one run.
 */
import { LRUCache } from 'lru-cache';

const CAPACITY = 10_000;
const USES = 50_000;

interface Bounded {
  get(key: string): object | undefined;
  set(key: string, value: object): unknown;
}

class OrderedMap implements Bounded {
  readonly #items = new Map<string, object>();

  get(key: string): object | undefined {
    const value = this.#items.get(key);
    if (value === undefined) return undefined;
    this.#items.delete(key);
    this.#items.set(key, value);
    return value;
  }

  set(key: string, value: object): void {
    this.#items.delete(key);
    this.#items.set(key, value);
    if (this.#items.size > CAPACITY) this.#items.delete(this.#items.keys().next().value!);
  }
}

/** Nanoseconds of processor time for each use of keys in turn, and for what is not there yet. */
function measure(cache: Bounded, keys: readonly string[]): number {
  const started = process.cpuUsage();
  for (let i = 0; i < USES; i++) {
    const key = keys[i % keys.length]!;
    if (cache.get(key) === undefined) cache.set(key, {});
  }
  const { user, system } = process.cpuUsage(started);
  return ((user + system) * 1000) / USES;
}

const names = Array.from({ length: 2 * CAPACITY }, (_, i) => `client ${i}`);
const loads = [
  ['one key', names.slice(0, 1)],
  ['100 keys', names.slice(0, 100)],
  ['as many as fit', names.slice(0, CAPACITY)],
  ['twice as many', names],
] as const;

console.log(`ns for each use, capacity ${CAPACITY}, best of 5, Node.js ${process.version}`);
for (const [name, keys] of loads) {
  const best = (make: () => Bounded) =>
    Math.min(...Array.from({ length: 5 }, () => measure(make(), keys)));
  const map = best(() => new OrderedMap());
  const lru = best(() => new LRUCache<string, object>({ max: CAPACITY }));
  const sized = best(
    () => new LRUCache<string, object>({ maxSize: CAPACITY, sizeCalculation: () => 1 }),
  );
  const cell = (ns: number) => `${ns.toFixed(0)}`.padStart(6);
  console.log(
    `${name.padEnd(16)} Map ${cell(map)}  lru-cache ${cell(lru)}  by size ${cell(sized)}`,
  );
}
