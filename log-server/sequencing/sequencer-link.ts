/**
 * The one seam between the front ends of a log and whoever sequences it: entries that are admitted go
 * one way, indices and the log's standing the other. Between them may be a function call or a thread's port
 * (`log-server/front-end/`), or a network (`log-server/sharing/`).
 *
 * A front end does HTTP, admission and all reads, and knows nothing of batches. The sequencer owns the
 * log: it batches, commits, signs, publishes and feeds the witnesses.
 */
import type { NewEntry, Sequenced, SignedHead } from '../store/store.ts';

/** How a log stands, as far as its readers and submitters are concerned. */
export interface LogStanding {
  /** The checkpoint that readers are shown, with its cosignatures; undefined before the first quorum. */
  readonly published: SignedHead | undefined;
  /** Leaves under the checkpoint signed last, which a witness may have cosigned already. */
  readonly signedSize: number;
  /** Size of the greatest anchor, which is kept for ever; 0 before the first. */
  readonly newestAnchorSize: number;
  /**
   * Why no entry is taken: `NotConfirmedError`, `StoreError` or `TilePublicationError`; undefined while
   * entries are.
   */
  readonly refusal: Error | undefined;
  /** Whether the log takes no entry ever again. It is well, and its last tree goes on being published. */
  readonly isFrozen: boolean;
  /** Why no entry is taken, or no new checkpoint comes out, for people; undefined while all is well. */
  readonly trouble: string | undefined;
}

export interface SequencerLink {
  /**
   * Never older than what anybody was shown by this process before it is asked for: a checkpoint that some front end
   * has served, or some witness was sent, is known to all of them.
   */
  readonly standing: LogStanding;

  /**
   * Where the log is sequenced elsewhere, what is known of it here may be older than what somebody was shown there:
   * resolves when the standing is no older than this call, and rejects with `StoreError` if that cannot be known.
   * Undefined where it never is.
   */
  catchUp(): Promise<void> | undefined;

  /** Calls `listener` soon after each change of the standing. */
  onChange(listener: () => void): void;

  /**
   * Hands over entries, which become durable together or not at all; indices follow the order of the
   * calls, and of the entries in each. Rejects with `QueueFullError` when there is no room,
   * `NotConfirmedError` or `TilePublicationError` while nothing is taken, `StoreError` when they could not
   * be stored, which is 'frozen' for a frozen log that does not have them all.
   */
  sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]>;
}
