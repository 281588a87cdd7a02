/**
 * Random numbers of a test that kills at random times. The seed is printed; the same one makes the
 * same choices again: `TECP_TEST_SEED=<seed>`, or `./tecp torture kill --seed <seed>`.
 */
export interface Random {
  readonly seed: number;
  /** At least `min`, less than `max`. */
  between(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
}

export function seededRandom(what: string): Random {
  const seed = Number(process.env.TECP_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));
  process.stderr.write(`${what}: TECP_TEST_SEED=${seed}\n`);
  const next = mulberry32(seed);
  const between = (min: number, max: number): number => min + next() * (max - min);
  return { seed, between, pick: (items) => items[Math.floor(between(0, items.length))]! };
}

/** A well-known generator of 32 bits of state; numbers from 0 to 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
