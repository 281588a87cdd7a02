/**
 * One round of comparisons; each pair that is decided is not compared again, and what is proven is
 * kept until somebody takes it.
 */
import { LRUCache } from 'lru-cache';
import { type Comparison, compareCheckpoints } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Contradiction } from '../judge/observations.ts';
import type { Statement } from '../statements/statement.ts';

type Decided = Exclude<Comparison['kind'], 'undecided'>;

export type Outcome = Decided | { readonly undecided: string };

/** Far above what is pending at a time; a pair that is forgotten is compared again, and no more. */
const MAX_DECIDED = 4096;
/** Until they are taken, which is after each round; beyond, a pair is not decided and comes again. */
const MAX_FOUND = 64;

export class Comparisons {
  // Owned by this object.
  readonly #decided = new LRUCache<string, Decided>({ max: MAX_DECIDED });
  #found: Contradiction[] = [];

  /** What has been proven since the last call. */
  take(): Contradiction[] {
    return this.#found.splice(0);
  }

  /** `first` is not the larger one. */
  async compare(
    first: Statement,
    second: Statement,
    tiles: TileSource,
    keys: readonly VerifierKey[],
  ): Promise<Outcome> {
    const pair = pairOf(first, second, keys);
    const known = this.#decided.get(pair);
    if (known !== undefined) return known;
    const comparison = await compareCheckpoints(first, second, tiles, keys);
    if (comparison.kind === 'undecided') return { undecided: comparison.reason };
    if (comparison.kind === 'consistent') this.#decided.set(pair, comparison.kind);
    else this.#add(pair, { first, second, evidence: comparison.evidence });
    return comparison.kind;
  }

  /** Two trees of one size need no tiles: they are evidence as soon as both are known. */
  proveFork(first: Statement, second: Statement, keys: readonly VerifierKey[]): void {
    if (equalBytes(first.checkpoint.root, second.checkpoint.root)) return;
    const pair = pairOf(first, second, keys);
    if (this.#decided.has(pair)) return;
    const evidence = proveSameSizeFork(first.note, second.note, keys);
    if (evidence.length === 0) return;
    this.#add(pair, { first, second, evidence });
  }

  #add(pair: string, contradiction: Contradiction): void {
    if (this.#found.length >= MAX_FOUND) return;
    this.#decided.set(pair, 'contradiction');
    this.#found.push(contradiction);
  }
}

function pairOf(first: Statement, second: Statement, keys: readonly VerifierKey[]): string {
  const texts = [first.text, second.text].sort();
  return [...texts, ...keys.map(({ id }) => id)].join('\0');
}
