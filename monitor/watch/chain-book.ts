/**
 * The chains of a log's issuers, as far as its entries have been walked. It follows the tree: what a
 * walk finds is provisional until the tree is, survives a restart with it, and is forgotten with it.
 */
import type { ChainLink, ChainState } from '../judge/chain.ts';
import { extendChain, lastingGaps } from '../judge/chain.ts';
import type { MonitorState, Slot } from '../store/state.ts';

/** For each log; of about 1 KiB. Whoever may submit can make any number of keys. */
export const MAX_ISSUERS = 10_000;
/** Issuers are named by the beginning of their key. */
const SHOWN_CHARS = 12;

type Chains = Map<string, ChainState>;

export class ChainBook {
  readonly #origin: string;
  readonly #state: MonitorState;
  // Owned by the walk: of the confirmed tree, of the provisional one as saved, and since then.
  readonly #confirmed: Chains;
  readonly #saved: Chains;
  readonly #unsaved: Chains = new Map();

  constructor(origin: string, state: MonitorState) {
    this.#origin = origin;
    this.#state = state;
    this.#confirmed = state.chains(origin, 'confirmed');
    this.#saved = state.chains(origin, 'provisional');
  }

  /** Takes the next receipt of an issuer: what is wrong for good, in words; `full` if it is not followed. */
  take(issuer: string, link: ChainLink, nowMs: number): string | 'full' | undefined {
    const known =
      this.#unsaved.get(issuer) ?? this.#saved.get(issuer) ?? this.#confirmed.get(issuer);
    if (known === undefined && this.#size >= MAX_ISSUERS) return 'full';
    const { state, fork } = extendChain(known, link, nowMs);
    this.#unsaved.set(issuer, state);
    return fork === undefined ? undefined : `${shown(issuer)}: ${fork}`;
  }

  /** At most that: an issuer in several of the maps counts more than once. */
  get #size(): number {
    return this.#confirmed.size + this.#saved.size + this.#unsaved.size;
  }

  /** Back to the provisional tree as saved. */
  rewind(): void {
    this.#unsaved.clear();
  }

  /** Back to the confirmed tree. */
  forget(): void {
    this.#saved.clear();
    this.#unsaved.clear();
  }

  /** In the transaction that saves the tree; `saved` comes after it. */
  write(slot: Slot): void {
    const changed = slot === 'confirmed' ? [this.#saved, this.#unsaved] : [this.#unsaved];
    for (const chains of changed) {
      for (const [issuer, chain] of chains) {
        this.#state.saveChain(this.#origin, slot, issuer, chain);
      }
    }
  }

  /** The transaction of `write` has been committed. */
  saved(slot: Slot): void {
    if (slot === 'provisional') move(this.#unsaved, this.#saved);
    else for (const chains of [this.#saved, this.#unsaved]) move(chains, this.#confirmed);
  }

  /** Of the confirmed tree: gaps that have lasted, in words. */
  gaps(afterMs: number, nowMs: number): string[] {
    const lasting: string[] = [];
    for (const [issuer, chain] of this.#confirmed) {
      if (chain.gaps.length > 0) lasting.push(...lastingGaps(shown(issuer), chain, afterMs, nowMs));
    }
    return lasting;
  }
}

function move(from: Chains, to: Chains): void {
  for (const [issuer, chain] of from) to.set(issuer, chain);
  from.clear();
}

function shown(issuer: string): string {
  return `issuer ${issuer.slice(0, SHOWN_CHARS)}…`;
}
