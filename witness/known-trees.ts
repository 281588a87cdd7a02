/**
 * What a log is known to have signed, beside the tree last cosigned: which trees are of that one, which
 * it still has to show to be, and which cannot be.
 *
 * Each method is one step of a transaction of `WitnessState`, which stores the evidence.
 */
import type { Comparison } from '#client/compare.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Evidence, proveSameSizeFork } from '#protocol/evidence/evidence.ts';
import { type LogIdentity, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { ComparisonTable, SignedTree } from './comparison-table.ts';
import type { LogRegistry } from './logs/registry.ts';
import type { LogState } from './tree-table.ts';

/** How a checkpoint that the log signed, and that makes no fork, stands to the tree last cosigned. */
export type Fit =
  | 'consistent'
  | 'owed' // to be compared
  | 'undecided' // compared in vain so far
  | 'nothing-yet'; // nothing was cosigned here

export class KnownTrees {
  readonly #comparisons: ComparisonTable;
  readonly #logs: LogRegistry;

  constructor(comparisons: ComparisonTable, logs: LogRegistry) {
    this.#comparisons = comparisons;
    this.#logs = logs;
  }

  /** Evidence that a tree makes with another one of its size that the log is known to have signed. */
  forksWith(current: LogState, { size, root, note }: SignedTree): Evidence[] {
    const { origin } = current;
    const known = this.#comparisons.treesAt(origin, size);
    if (current.note !== undefined && current.size === size) {
      known.push({ size, root: current.root, note: current.note });
    }
    const other = known.find((tree) => !equalBytes(tree.root, root));
    if (other === undefined) return [];
    return proveSameSizeFork(other.note, note, this.#logs.known(origin)!.keys);
  }

  /** Remembers a tree as one to be compared, unless it is known to fit. */
  learn(current: LogState, source: string, tree: SignedTree, nowMs: number): Fit {
    const { origin } = current;
    // Two trees of one size signed by two of its keys are no evidence, and are never settled.
    const own = current.note === undefined ? [] : [current];
    const known = [...own, this.#comparisons.beginning(origin, tree.size)];
    if (known.some((it) => it?.size === tree.size && equalBytes(it.root, tree.root))) {
      return 'consistent';
    }
    this.#comparisons.add(origin, source, tree, nowMs);
    // Every tree extends the empty one.
    if (current.size === 0) this.#comparisons.fits(origin, tree, 0);
    if (current.note === undefined) return 'nothing-yet';
    const owed = this.#comparisons
      .owed(origin, current.size)
      .find(({ size, root }) => size === tree.size && equalBytes(root, tree.root));
    if (owed === undefined) return 'consistent';
    return owed.reason === undefined ? 'owed' : 'undecided';
  }

  /** Notes what came of comparing a tree with the one last cosigned when that had `ownSize`. */
  compared(
    origin: string,
    ownSize: number,
    tree: SignedTree,
    comparison: Exclude<Comparison, { kind: 'contradiction' }>,
  ): void {
    if (comparison.kind === 'undecided') {
      this.#comparisons.failed(origin, tree, comparison.reason);
    } else if (tree.size > ownSize) {
      this.#comparisons.fits(origin, tree, ownSize);
    } else {
      this.#comparisons.addBeginning(origin, tree);
    }
  }

  /** The log need no longer show what none of its keys that are left has signed. */
  keepSignedBy(left: LogIdentity): void {
    this.#comparisons.forget(left.origin, ({ note }) => !isSignedBy(note, left));
  }
}

function isSignedBy(note: string, log: LogIdentity): boolean {
  try {
    return openCheckpoint(note, log).logSignatures.length > 0;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
