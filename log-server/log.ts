/**
 * One log: an origin, a key, a witness policy, a store, and what happens to an entry in it.
 *
 * Everything of a log lives in this object; a server process hosts one or several. HTTP is a shell
 * around it.
 */
import { WitnessClient } from '#client/witness-client.ts';
import { parseSubmission } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EntryError } from '#protocol/errors.ts';
import type { LeafHash } from '#protocol/merkle/hash.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { type AdmittedEntry, admit } from './admission.ts';
import type { LogConfig, LogLimits } from './config.ts';
import { type LogFiles, openLogFiles } from './log-files.ts';
import type { LogMetrics } from './metrics.ts';
import { Anchoring, AnchorReader } from './publishing/anchors.ts';
import type { Confirmation } from './publishing/confirmation.ts';
import { ProofWaiters } from './publishing/proof-waiters.ts';
import type { PublishedCheckpoint } from './publishing/published-checkpoint.ts';
import { Publisher } from './publishing/publisher.ts';
import type { ChoosePublication, TilePublication } from './publishing/tile-publication.ts';
import { WitnessFeed } from './publishing/witness-feed.ts';
import { Batcher, QueueFullError } from './sequencing/batcher.ts';
import type { HighWaterMark } from './store/high-water.ts';
import {
  type LogReader,
  type LogStore,
  type NewEntry,
  StoreError,
  type TreeHead,
} from './store/store.ts';
import type { TileCache, TreeReader } from './store/tree-reader.ts';

export interface Submitted {
  readonly index: number;
  readonly leafHash: LeafHash;
  readonly duplicate: boolean;
}

export interface LogDependencies {
  /** Shared by all logs of the process. */
  readonly tiles: TileCache;
  readonly publicationOf: ChoosePublication;
  readonly limits: LogLimits;
  readonly logger: Logger;
  /** Counters of the log of an origin. */
  readonly metricsOf: (origin: string) => LogMetrics;
  /** The operator has judged that the database is to go on, whatever speaks against it. */
  readonly trustDatabase: boolean;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  /** This process cannot go on. */
  readonly onFatal: Fatal;
}

const MAX_BATCH_BYTES = 8 * 1024 * 1024;
const LINGER_MS = 2;

export class TransparencyLog {
  readonly key: SignerKey;
  readonly policy: Policy;
  /** The policy file, verbatim. */
  readonly policyText: string;
  readonly types: readonly EntryType[];
  /** What has been stored, for reading. */
  readonly store: LogReader;
  /** Where readers get tiles and bundles. */
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  readonly waiters: ProofWaiters;
  readonly metrics: LogMetrics;
  readonly #publisher: Publisher;
  readonly #anchoring: Anchoring;
  readonly #anchors: AnchorReader;
  readonly #batcher: Batcher;
  readonly #opened: LogStore;
  readonly #mark: HighWaterMark;
  readonly #confirmation: Confirmation;
  readonly #dependencies: LogDependencies;
  readonly #stopping = new AbortController();
  readonly #publishing: Promise<void>;
  /** The newest durable tree. Owned by `#sequence`. */
  #head: TreeHead;

  /** Rejects with `ConfigError` for keys, policies and databases that cannot be used. */
  static async open(config: LogConfig, dependencies: LogDependencies): Promise<TransparencyLog> {
    return new TransparencyLog(config, dependencies, await openLogFiles(config, dependencies));
  }

  private constructor(config: LogConfig, dependencies: LogDependencies, files: LogFiles) {
    const { limits, onFatal, metricsOf, logger } = dependencies;
    const { key, policy, policyText, store, publication, tree, state, mark, confirmation } = files;
    this.key = key;
    this.policy = policy;
    this.policyText = policyText;
    this.types = config.entry_types;
    this.store = store.reader;
    this.publication = publication;
    this.tree = tree;
    this.waiters = new ProofWaiters(limits.waiters);
    this.metrics = metricsOf(key.verifier.name);
    this.#dependencies = dependencies;
    this.#opened = store;
    this.#mark = mark;
    this.#confirmation = confirmation;
    this.#head = state.head;
    this.#batcher = new Batcher({
      sequence: (entries) => this.#sequence(entries),
      maxBatchEntries: limits.batch_entries,
      maxBatchBytes: MAX_BATCH_BYTES,
      maxQueuedEntries: limits.queued_entries,
      maxQueuedBytes: limits.queued_bytes,
      lingerMs: LINGER_MS,
      onBatch: ({ results }) => this.metrics.batch(results),
    });
    this.#anchors = new AnchorReader(store.reader);
    this.#anchoring = new Anchoring({
      intervalMs: config.checkpoint.anchor_interval_ms,
      now: dependencies.now,
      newestSize: state.newestAnchorSize,
    });
    const publisherOptions = {
      key,
      policy,
      feeds: this.#feeds(config.witness_timeout_ms),
      store: store.writer,
      tiles: publication,
      mark,
      confirmation,
      anchoring: this.#anchoring,
      treeHead: () => this.#head,
      intervalMs: config.checkpoint.interval_ms,
      refreshMs: config.checkpoint.refresh_ms,
      now: dependencies.now,
      onPublished: (published: PublishedCheckpoint) => this.waiters.published(published),
      onRound: this.metrics.round,
      onFatal,
      logger,
    };
    this.#publisher = new Publisher(publisherOptions, state);
    this.#publishing = this.#publisher.run(this.#stopping.signal);
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  /** What readers are shown; undefined until the first quorum. */
  get published(): PublishedCheckpoint | undefined {
    return this.#publisher.published;
  }

  /** Leaves under the checkpoint signed last, which a witness may have cosigned already. */
  get signedSize(): number {
    return this.#publisher.signedSize;
  }

  /** The newest durable tree, which may be ahead of what is published. */
  get head(): TreeHead {
    return this.#head;
  }

  /** Whether the log is known not to have gone back. */
  get takesEntries(): boolean {
    return this.#confirmation.isConfirmed;
  }

  /** Why no entry is taken, or no new checkpoint comes out; undefined while all is well. */
  get trouble(): string | undefined {
    const { published, trouble } = this.#publisher;
    const isMissing = published === undefined && this.takesEntries;
    const missing = isMissing ? 'no checkpoint has had its quorum yet' : undefined;
    const reasons = [this.#confirmation.trouble, missing, trouble].filter((reason) => reason);
    return reasons.length === 0 ? undefined : reasons.join('; ');
  }

  /**
   * Throws `NotConfirmedError` while it is not known whether the log has gone back, `StoreError` or
   * `TilePublicationError` while its next tree cannot be signed.
   */
  checkTakesEntries(): void {
    this.#confirmation.check();
    this.#publisher.checkCanSign();
  }

  /** Entries admitted but not yet durable. */
  get queueDepth(): number {
    return this.#batcher.depth;
  }

  /** Checks what is submitted as this media type. Rejects with `EntryError`, and counts it. */
  async admit(body: Uint8Array, mediaType: string): Promise<AdmittedEntry> {
    try {
      const parsed = parseSubmission(body, mediaType, this.types, this.#dependencies.now());
      return await admit(parsed, this.store);
    } catch (error) {
      if (error instanceof EntryError) this.metrics.refused(error.code);
      throw error;
    }
  }

  /**
   * Takes an admitted entry into the log; indices follow the order of the calls. Resolves once it is
   * durable. Rejects with `QueueFullError` when there is no room, `NotConfirmedError` while nothing is
   * taken, `StoreError` when it could not be stored.
   */
  async sequence(entry: NewEntry): Promise<Submitted> {
    this.checkTakesEntries();
    try {
      const { index, duplicate } = await this.#batcher.take(entry);
      return { index, duplicate, leafHash: entry.leafHash };
    } catch (error) {
      this.metrics.refused(error instanceof QueueFullError ? 'overloaded' : 'storage');
      throw error;
    }
  }

  /**
   * The checkpoint under which an entry is proven: the earliest anchor that covers it, else the
   * published one; undefined if that does not either. An answer under an anchor stays the same.
   */
  async checkpointFor(index: number): Promise<PublishedCheckpoint | undefined> {
    if (index < this.#anchoring.newestSize) return await this.#anchors.covering(index);
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

  /** The tlog-proof of an entry under a published checkpoint that covers it. */
  async proof(index: number, { size, writeProof }: PublishedCheckpoint): Promise<string> {
    return writeProof({ index, hashes: await this.tree.inclusionProof(index, size) });
  }

  async close(): Promise<void> {
    await this.#batcher.drain();
    this.#stopping.abort();
    await this.#publishing;
    this.waiters.close();
    await this.#noteStop();
    await this.#opened.close();
  }

  /** Without the note, as after a crash, the next start needs its witnesses. */
  async #noteStop(): Promise<void> {
    if (!this.takesEntries) return;
    try {
      await this.#mark.stop(this.#head);
    } catch (err) {
      this.#dependencies.logger.warn({ err }, 'the high-water mark does not know of this stop');
    }
  }

  async #sequence(entries: readonly NewEntry[]) {
    this.checkTakesEntries();
    try {
      const batch = await this.#opened.writer.sequence(entries);
      this.#head = batch.head;
      this.#publisher.notify();
      return batch;
    } catch (error) {
      const isPassing = error instanceof StoreError && error.kind === 'full';
      if (!isPassing) this.#dependencies.onFatal(error);
      throw error;
    }
  }

  /** One feed for each URL: the keys of one witness share it. */
  #feeds(timeoutMs: number): WitnessFeed[] {
    const byUrl = new Map<string, PolicyWitness[]>();
    for (const witness of this.policy.witnesses) {
      if (witness.url === undefined) continue;
      byUrl.set(witness.url, [...(byUrl.get(witness.url) ?? []), witness]);
    }
    return Array.from(byUrl, ([url, witnesses]) => {
      return new WitnessFeed({
        client: new WitnessClient(url, { timeoutMs, fetch: outboundFetch }),
        witnesses,
        logKey: this.key.verifier,
        prove: (oldSize, newSize) => this.tree.consistencyProof(oldSize, newSize),
        rootAt: async (size) => (size > this.#head.size ? undefined : await this.tree.rootAt(size)),
      });
    });
  }
}
