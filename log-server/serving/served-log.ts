/**
 * One log as a front end has it: who it is, what is stored of it, for reading, and the link to its
 * sequencer. Admits entries, hands them over, and finds the checkpoint under which each is proven.
 */
import { parseSubmission } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EntryError } from '#protocol/errors.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { TlogProofParts } from '#protocol/proof/tlog-proof.ts';
import { type AdmittedEntry, admit } from '../admission.ts';
import type { TilePublication } from '../publishing/tile-publication.ts';
import { QueueFullError } from '../sequencing/batcher.ts';
import type { LogStanding, SequencerLink } from '../sequencing/sequencer-link.ts';
import {
  type LogReader,
  type NewEntry,
  type Sequenced,
  type SignedHead,
  StoreError,
} from '../store/store.ts';
import type { TreeReader } from '../store/tree-reader.ts';
import { AnchorReader } from './anchor-reader.ts';
import { ProofWaiters } from './proof-waiters.ts';
import { PublishedCheckpoint } from './published-checkpoint.ts';

export interface ServedLogOptions {
  /** The log's key; its name is the origin. */
  readonly key: VerifierKey;
  readonly policy: Policy;
  /** The policy file, verbatim. */
  readonly policyText: string;
  readonly types: readonly EntryType[];
  /** What has been stored. */
  readonly store: LogReader;
  /** Where readers get tiles and bundles. */
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  readonly sequencer: SequencerLink;
  /** Submissions that may wait for their proof at the same time. */
  readonly maxWaiters: number;
  /** Counts a refused submission by its error code. */
  readonly onRefused: (code: string) => void;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

export class ServedLog {
  readonly key: VerifierKey;
  readonly policy: Policy;
  readonly policyText: string;
  readonly types: readonly EntryType[];
  readonly store: LogReader;
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  readonly waiters: ProofWaiters;
  readonly #options: ServedLogOptions;
  readonly #sequencer: SequencerLink;
  readonly #anchors: AnchorReader;
  // Both owned by `published`: what the sequencer says, and what was made of it.
  #heard: SignedHead | undefined;
  #published: PublishedCheckpoint | undefined;

  constructor(options: ServedLogOptions) {
    this.key = options.key;
    this.policy = options.policy;
    this.policyText = options.policyText;
    this.types = options.types;
    this.store = options.store;
    this.publication = options.publication;
    this.tree = options.tree;
    this.waiters = new ProofWaiters(options.maxWaiters);
    this.#options = options;
    this.#sequencer = options.sequencer;
    this.#anchors = new AnchorReader(options.store);
    this.#sequencer.onChange(() => {
      const { published } = this;
      if (published !== undefined) this.waiters.published(published);
    });
  }

  get origin(): string {
    return this.key.name;
  }

  get standing(): LogStanding {
    return this.#sequencer.standing;
  }

  /** As `SequencerLink.catchUp`. */
  catchUp(): Promise<void> | undefined {
    return this.#sequencer.catchUp();
  }

  /** What readers are shown; undefined until the first quorum. */
  get published(): PublishedCheckpoint | undefined {
    const { published } = this.#sequencer.standing;
    if (published !== this.#heard) {
      // From another thread it comes anew with each change of the standing.
      if (published?.note !== this.#heard?.note) {
        this.#published = published && new PublishedCheckpoint(published.note, published);
      }
      this.#heard = published;
    }
    return this.#published;
  }

  /**
   * Catches up unless the published checkpoint, as it is known here, has so many leaves: before a reader is told that
   * there is nothing, which elsewhere there may be.
   */
  async catchUpTo(size: number): Promise<void> {
    if (this.published === undefined || this.published.size < size) await this.catchUp();
  }

  /**
   * Throws `NotConfirmedError` while it is not known whether the log has gone back, `StoreError` or
   * `TilePublicationError` while its next tree cannot be signed. A frozen log has no next one, and no other
   * tree to have gone back from.
   */
  checkTakesEntries(): void {
    const { refusal, isFrozen } = this.#sequencer.standing;
    if (refusal !== undefined && !isFrozen) throw refusal;
  }

  /** Checks what is submitted as this media type. Rejects with `EntryError`, and counts it. */
  async admit(body: Uint8Array, mediaType: string): Promise<AdmittedEntry> {
    try {
      const parsed = parseSubmission(body, mediaType, this.types, this.#options.now());
      return await admit(parsed, this.store);
    } catch (error) {
      if (error instanceof EntryError) this.#options.onRefused(error.code);
      throw error;
    }
  }

  /**
   * Hands admitted entries to the sequencer. Resolves once they are durable, with undefined for each that a
   * frozen log has not; rejects as `SequencerLink.sequence` does, and where a frozen log has not signed all of it
   * yet. Counts what is refused.
   */
  async sequence(entries: readonly NewEntry[]): Promise<readonly (Sequenced | undefined)[]> {
    this.checkTakesEntries();
    try {
      if (this.standing.isFrozen) return await this.#known(entries);
      return await this.#sequencer.sequence(entries);
    } catch (error) {
      const code = error instanceof QueueFullError ? 'overloaded' : 'storage';
      for (const _ of entries) this.#options.onRefused(code);
      throw error;
    }
  }

  async #known(entries: readonly NewEntry[]): Promise<(Sequenced | undefined)[]> {
    const indices = await this.store.findLeaves(entries.map(({ leafHash }) => leafHash));
    const { signedSize } = this.standing;
    if (indices.some((index) => index !== undefined && index >= signedSize)) throw notSigned();
    return indices.map((index) => {
      if (index !== undefined) return { index, duplicate: true };
      this.#options.onRefused('log-frozen');
      return undefined;
    });
  }

  /**
   * The checkpoint under which an entry is proven: the earliest anchor that covers it, else the
   * published one; undefined if that does not either. An answer under an anchor stays the same.
   */
  async checkpointFor(index: number): Promise<PublishedCheckpoint | undefined> {
    if (index < this.standing.newestAnchorSize) return await this.#anchors.covering(index);
    const { published } = this;
    return published !== undefined && index < published.size ? published : undefined;
  }

  /** The anchor of a size, or the published checkpoint if it is of that size. */
  async checkpointOfSize(size: number): Promise<PublishedCheckpoint | undefined> {
    const anchor = await this.#anchors.ofSize(size);
    return anchor ?? (this.published?.size === size ? this.published : undefined);
  }

  /**
   * A checkpoint that covers an index, as `checkpointFor`, waiting at most `timeoutMs` for the first
   * one that is published; undefined if none came, or if too many wait already.
   */
  async covering(index: number, timeoutMs: number, cancelled?: AbortSignal) {
    const { published } = this;
    // Decided and entered at once, so that none is published in between.
    if (published !== undefined && index < published.size) return await this.checkpointFor(index);
    return await this.waiters.wait(index, timeoutMs, cancelled);
  }

  /** What proves an entry under a published checkpoint that covers it. */
  async proofParts(index: number, { size }: PublishedCheckpoint): Promise<TlogProofParts> {
    return { index, hashes: await this.tree.inclusionProof(index, size) };
  }
}

/** What a reader finds in a database may never have reached its standby: who was told of it then is told nothing. */
function notSigned(): StoreError {
  return new StoreError('failed', 'no signed checkpoint covers the entry yet');
}
