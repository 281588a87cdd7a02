/** Counting what may be without end: the number, and the first of them in words. */
import type { Tally } from '../judge/observations.ts';

export const MAX_EXAMPLES = 10;

export function addTo({ count, examples }: Tally, words: string): Tally {
  const kept = examples.length < MAX_EXAMPLES ? [...examples, words] : examples;
  return { count: count + 1, examples: kept };
}

/** The first one's examples first. */
export function sumOf(first: Tally, words: readonly string[]): Tally {
  return words.reduce(addTo, first);
}
