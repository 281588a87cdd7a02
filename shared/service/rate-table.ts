/**
 * When each client's token bucket is full again, in memory of a fixed size that threads may share.
 *
 * A bucket that is full says nothing of its client, so its place is free. A client has a few places of
 * the table, chosen by a keyed hash of its name: where all of these are taken, whoever would be full
 * first is forgotten, which at worst gives that client a full bucket again. Every change is one
 * compare-and-exchange, so that what two threads take at the same time is taken twice.
 */
import { randomBytes } from '#crypto';

/** Places that a client may have. */
const WAYS = 8;
/** Places for each client that the table is for: with fewer, too many would have the same ones by chance. */
const PLACES_PER_CLIENT = 4;
/** Of a place: whose it is, and when the bucket is full, in microseconds. */
const WORDS = 2;
const SEED_BYTES = 8;

export type RateMemory = ArrayBuffer | SharedArrayBuffer;

/**
 * Memory for so many clients, empty, to be handed to every `RateTable` that shares it. With all of them in it,
 * fewer than one in a thousand finds each of its places taken by others.
 */
export function newRateMemory(clients: number, isShared = false): RateMemory {
  const sets = Math.max(1, (clients * PLACES_PER_CLIENT) / WAYS);
  const places = WAYS * 2 ** Math.ceil(Math.log2(sets));
  const bytes = SEED_BYTES + places * WORDS * BigInt64Array.BYTES_PER_ELEMENT;
  const memory = isShared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
  // Nobody can know which other names have the same places.
  new Uint8Array(memory, 0, SEED_BYTES).set(randomBytes(SEED_BYTES));
  return memory;
}

export class RateTable {
  readonly #seeds: Int32Array;
  readonly #words: BigInt64Array;
  readonly #sets: number;

  constructor(memory: RateMemory) {
    this.#seeds = new Int32Array(memory, 0, SEED_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.#words = new BigInt64Array(memory, SEED_BYTES);
    this.#sets = this.#words.length / WORDS / WAYS;
  }

  /**
   * Sets when the bucket of a client is full, to what `next` makes of when it would have been: `nowUs` if it
   * is. `next` may be called again, and changes nothing if it returns undefined. True if it did not.
   */
  update(client: string, nowUs: number, next: (fullAtUs: number) => number | undefined): boolean {
    const place = this.#placeOf(client, nowUs);
    for (;;) {
      const stored = Atomics.load(this.#words, place + 1);
      const fullAtUs = next(Math.max(nowUs, Number(stored)));
      if (fullAtUs === undefined) return false;
      const changed = BigInt(Math.ceil(fullAtUs));
      if (Atomics.compareExchange(this.#words, place + 1, stored, changed) === stored) return true;
    }
  }

  /** Where in the table the client's place begins; taken from another one if it has none. */
  #placeOf(client: string, nowUs: number): number {
    const low = this.#hash(client, 0);
    const high = this.#hash(client, 1);
    // Never 0, which is nobody's.
    const key = BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt((low | 1) >>> 0));
    const first = (low >>> 1) % this.#sets;
    let oldest = first * WAYS * WORDS;
    let oldestUs = Number.POSITIVE_INFINITY;
    for (let way = 0; way < WAYS; way++) {
      const place = (first * WAYS + way) * WORDS;
      if (Atomics.load(this.#words, place) === key) return place;
      const fullAtUs = Math.max(nowUs, Number(Atomics.load(this.#words, place + 1)));
      if (fullAtUs < oldestUs) [oldest, oldestUs] = [place, fullAtUs];
    }
    Atomics.store(this.#words, oldest, key);
    Atomics.store(this.#words, oldest + 1, 0n);
    return oldest;
  }

  /** 32 bits, by the steps of MurmurHash3 over the name's UTF-16 units. */
  #hash(name: string, seed: number): number {
    let hash = this.#seeds[seed]!;
    for (let i = 0; i < name.length; i++) {
      let unit = Math.imul(name.charCodeAt(i), 0xcc9e2d51);
      unit = Math.imul((unit << 15) | (unit >>> 17), 0x1b873593);
      hash ^= unit;
      hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}
