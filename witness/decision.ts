/** What a witness decides on a log: what it may look at, and what `WitnessState.update` then does. */
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Owed, SignedTree } from './comparison-table.ts';
import type { Forgotten } from './forgotten-table.ts';
import type { CosignedTree, LogState } from './tree-table.ts';

/** What else is known of a log when a decision is made on it. */
export interface LogMemory {
  /** Evidence that a tree makes with another one of its size that the log is known to have signed. */
  forksWith(tree: SignedTree): readonly Evidence[];
  /** What the log has to show, oldest first. */
  owed(): readonly Owed[];
  /** What was cosigned here and is not remembered, or that nobody was asked for it. */
  forgotten(): Forgotten | 'not-asked' | undefined;
}

/** What is to be done: all of it in the transaction in which the state was read, or nothing. */
export interface Decision<T> {
  readonly answer: T;
  /** `logNote`: the checkpoint with the log's signature alone. */
  readonly advance?: CosignedTree & { readonly logNote: string };
  readonly evidence?: readonly Evidence[];
  /** A checkpoint that the log signed and that was not cosigned: to be compared. */
  readonly learn?: { readonly source: string; readonly tree: SignedTree };
  /** Owed checkpoints that were shown to be beginnings of the tree last cosigned. */
  readonly beginnings?: readonly SignedTree[];
  /** Owed checkpoints that were shown to extend the tree last cosigned. */
  readonly extensions?: readonly SignedTree[];
  /** What was forgotten is remembered with this decision. */
  readonly isRecalled?: boolean;
}

export type Decide<T> = (current: LogState, memory: LogMemory) => Decision<T>;
