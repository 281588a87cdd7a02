/**
 * Where a mirror keeps what it has verified: the contract of such a copy. Normative: the suite in
 * test/unit/log-server/mirror-copy-suite.ts holds each of them to it.
 *
 * Nothing of a tree is shown before `show`, by which all of it is here and durable. Whatever the process was
 * killed at, the next one goes on from what had been appended, and reads little of it again.
 */
import type { SignedCheckpoint } from '#client/compare.ts';
import type { FollowErrorKind } from '#client/follow-error.ts';
import type { KnownTree } from '#client/next-checkpoint.ts';
import type { VerifiedBundle } from '#client/verified-bundles.ts';
import type { TilePublication } from '../publishing/tile-publication.ts';

/** Calls do not overlap, but for `read`. They reject with `PublicFilesError`, `StoreError` or `MirrorError`. */
export interface MirrorCopy {
  /** As an operator names it, for messages. */
  readonly name: string;

  /** The note of the checkpoint that is shown; undefined before the first. */
  readonly shown: string | undefined;

  /** What is here of trees, shown or begun. */
  known(): Promise<readonly KnownTree[]>;

  /**
   * Decides, durably, which tree is appended next, and returns its note: that of `target`, or one that was
   * decided on before, whose bundles may be here already and which therefore comes first.
   */
  begin(target: SignedCheckpoint): Promise<string>;

  /** Leaves of that tree that are known to be here, from which to append. O(log size). */
  reached(target: SignedCheckpoint): Promise<number>;

  /**
   * Takes the bundles of that tree in their order, from the one with the leaf that was reached. What has been
   * taken when it rejects may be here or not.
   */
  append(bundles: AsyncIterable<VerifiedBundle>, onProgress: (size: number) => void): Promise<void>;

  /** Shows it: to be called when all of it has been appended. */
  show(target: SignedCheckpoint): Promise<void>;

  /** Keeps a document of evidence, once; returns where. */
  keepEvidence(id: string, document: Uint8Array): Promise<string>;

  /** A tile or a bundle of the tree of `size` that is shown. */
  readonly read: TilePublication['read'];

  close(): Promise<void>;
}

/**
 * - `duplicate`: an entry is in the log twice, which no database of this project can hold.
 * - `damaged`: the copy does not hold what it shows.
 */
export type MirrorErrorKind = FollowErrorKind | 'duplicate' | 'damaged';

/** What keeps a log from being copied further; nothing of it was shown. The message is one sentence or more. */
export class MirrorError extends Error {
  override readonly name = 'MirrorError';
  readonly kind: MirrorErrorKind;

  constructor(kind: MirrorErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
