/**
 * What those who watch find, in the form in which it is judged. Types only, so that a judge knows
 * nothing of how it was found: who watches imports them from here.
 */
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Statement } from '../statements/statement.ts';
import type { View } from '../statements/view.ts';

/** Why somebody who was asked gave no good answer. */
export interface Failure {
  readonly kind:
    | 'unavailable' // no answer
    | 'refused' // an answer that says no
    | 'invalid'; // an answer that is not signed as it must be, or no checkpoint at all
  readonly detail: string;
  /** Failures in a row, this one included. */
  readonly count: number;
  /** Since the first of them. */
  readonly forMs: number;
}

/** What somebody showed in several looks, against the largest that he ever showed. */
export interface Retreat {
  readonly largest: number;
  /** Undefined: none at all. */
  readonly shown: number | undefined;
  /** The latest time that it ever showed on a cosignature of its own, and that which it shows now. */
  readonly latestMs?: number;
  readonly shownMs?: number | undefined;
  /** Looks in a row that showed less; one may be an old answer out of a cache. */
  readonly looks: number;
}

/** How far what was checked is behind what was published. */
export interface Lag {
  /** The oldest published size that is not checked; absent when there is none. */
  readonly owed?: { readonly size: number; readonly sinceMs: number };
  /** All that was published has been checked at some time, so that the lag is a new one. */
  readonly hasCaughtUp: boolean;
}

/** What a walk through the entries found to be wrong. */
export interface WalkProblem {
  readonly kind:
    | 'checkpoint'
    | 'quorum'
    | 'entry'
    | 'bundle'
    | 'tile'
    | 'root'
    | 'stored-checkpoint'
    | 'unavailable';
  readonly where: string;
  readonly detail: string;
}

/** How many of something there are. */
export interface Tally {
  readonly count: number;
  /** The first of them, in words; at most ten. */
  readonly examples: readonly string[];
}

/** What was found in the entries of a log. */
export interface EntryFindings {
  readonly invalid: Tally;
  /** Of no type that the monitor is told to expect. */
  readonly unknown: Tally;
  /** Valid receipts that the configured profile refuses. */
  readonly violations: Tally;
  /** In the chains of issuers. */
  readonly forks: Tally;
  /** Ids of what proves that the log signed a tree with an invalid entry in it. */
  readonly evidence: readonly string[];
}

/** How a statement stands to the tree confirmed from the entries. */
export type Standing = 'agrees' | 'pending' | 'contradicts';

/** What a witness last showed of one log; `absent` if it has not cosigned it. */
export type Shown = View | 'absent';

/** A comparison that no tiles on offer have decided. */
export interface OwedComparison {
  readonly unproven: Statement;
  readonly against: Statement;
  /** Monotonic milliseconds. */
  readonly sinceMs: number;
  readonly reason: string;
}

/** Two statements that cannot both be true, and what proves it. */
export interface Contradiction {
  readonly first: Statement;
  readonly second: Statement;
  readonly evidence: readonly Evidence[];
}
