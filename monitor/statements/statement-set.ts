/**
 * A bounded number of statements of one log, and which of them make way for new ones.
 *
 * Whoever has the log's key can sign any number of checkpoints, so some must go. Never dropped are,
 * for the log alone and for each witness that cosigned: the oldest that is not proven, the newest
 * and the largest. A fork that verifiers accept has an honest witness on either side, and its largest
 * statement extends all of its others: so no flood, by whomever signed, pushes out what proves the
 * fork. Of the rest those that are proven to be part of a larger one go first, then those with the
 * fewest cosigners behind them, then the latest, which whoever shows it will show again.
 */
import type { Statement } from './statement.ts';

/** Or three for each signer of a policy with very many. */
export const MAX_STATEMENTS = 512;

export interface Item {
  statement: Statement;
  /** Shown to be of the tree that all others are compared with; it may be again in doubt later. */
  isProven: boolean;
  /** Since when it is owed that this is shown, monotonic milliseconds; there while it is undecided. */
  owedSinceMs: number | undefined;
  /** Why the last comparison decided nothing, with what, and when it was made; monotonic milliseconds. */
  undecided:
    | { readonly against: Statement; readonly reason: string; readonly triedMs: number }
    | undefined;
}

export class StatementSet {
  // Owned by this object; the order is that of arrival.
  readonly #items = new Map<string, Item>();

  get(text: string): Item | undefined {
    return this.#items.get(text);
  }

  get size(): number {
    return this.#items.size;
  }

  items(): Item[] {
    return [...this.#items.values()];
  }

  /** Adds one that is not there; returns the statement that had to go. */
  add(item: Item): Statement | undefined {
    this.#items.set(item.statement.text, item);
    if (this.#items.size <= MAX_STATEMENTS) return undefined;
    const dropped = this.#leastNeeded();
    if (dropped !== undefined) this.#items.delete(dropped.text);
    return dropped;
  }

  delete(text: string): void {
    this.#items.delete(text);
  }

  #leastNeeded(): Statement | undefined {
    const kept = new Set(this.#kept());
    const others = this.items().filter((item) => !kept.has(item));
    if (others.length === 0) return undefined;
    // The later of two equals: `reduce` keeps the earlier one only when it is needed less.
    const { statement } = others.reduce((least, item) =>
      isNeededLess(least, item) ? least : item,
    );
    return statement;
  }

  *#kept(): Generator<Item> {
    const items = this.items();
    const signers = new Set(items.flatMap(({ statement }) => [...statement.cosigners.keys()]));
    for (const signer of [undefined, ...signers]) {
      const own = items.filter(
        ({ statement }) => signer === undefined || statement.cosigners.has(signer),
      );
      const oldest = own.find(({ isProven }) => !isProven);
      if (oldest !== undefined) yield oldest;
      yield own.at(-1)!;
      yield own.reduce((a, b) => (sizeOf(b) > sizeOf(a) ? b : a));
    }
  }
}

/** Whether `a`, the earlier of the two, goes before `b`. */
function isNeededLess(a: Item, b: Item): boolean {
  if (a.isProven !== b.isProven) return a.isProven;
  return a.statement.cosigners.size < b.statement.cosigners.size;
}

function sizeOf({ statement }: Item): number {
  return statement.checkpoint.size;
}
