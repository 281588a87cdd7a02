/**
 * One log as its sequencer has it: a key, a witness policy, the writer of its store, and what happens to
 * entries that are handed over: batched, committed, signed, cosigned, published.
 *
 * Everything that changes of a log is in this object; a server process has one for each log. Front ends
 * serve it (`serving/served-log.ts`), and know it as a `SequencerLink`.
 */
import { WitnessClient } from '#client/witness-client.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import type { Policy, PolicyWitness } from '#protocol/policy/policy.ts';
import type { Fatal } from '#service/lifecycle.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import type { LogConfig, LogLimits } from './config.ts';
import type { HostedLog } from './hosted-log.ts';
import { type Lent, type LogFiles, openLogFiles } from './log-files.ts';
import type { LogMetrics } from './metrics.ts';
import { Anchoring } from './publishing/anchors.ts';
import type { Confirmation } from './publishing/confirmation.ts';
import { Publisher } from './publishing/publisher.ts';
import type { ChoosePublication, TilePublication } from './publishing/tile-publication.ts';
import { WitnessFeed } from './publishing/witness-feed.ts';
import { Batcher } from './sequencing/batcher.ts';
import type { LogStanding } from './sequencing/sequencer-link.ts';
import type { HighWaterMark } from './store/high-water.ts';
import {
  type LogReader,
  type LogStore,
  type NewEntry,
  type Sequenced,
  type SignedHead,
  StoreError,
  type TreeHead,
} from './store/store.ts';
import type { TileCache, TreeReader } from './store/tree-reader.ts';

export interface LogDependencies {
  /** Shared by all logs of the process. */
  readonly tiles: TileCache;
  /** As the configuration of the log says if absent. */
  readonly publicationOf?: ChoosePublication;
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
  /** How its store is opened if other processes may have it, too. */
  readonly lent?: Lent;
}

const MAX_BATCH_BYTES = 8 * 1024 * 1024;

export class TransparencyLog implements HostedLog {
  readonly key: SignerKey;
  readonly policy: Policy;
  readonly policyText: string;
  readonly types: readonly EntryType[];
  readonly store: LogReader;
  readonly publication: TilePublication;
  readonly tree: TreeReader;
  readonly isShared: boolean;
  readonly isSequencing = true;
  readonly #publisher: Publisher;
  readonly #anchoring: Anchoring;
  readonly #batcher: Batcher;
  readonly #opened: LogStore;
  readonly #mark: HighWaterMark;
  readonly #confirmation: Confirmation;
  /** The same as long as this object has the lease, without which nothing is frozen. */
  readonly #isFrozen: boolean;
  readonly #dependencies: LogDependencies;
  readonly #stopping = new AbortController();
  readonly #publishing: Promise<void>;
  readonly #listeners: (() => void)[] = [];
  /** The newest durable tree. Owned by `#commit`. */
  #head: TreeHead;
  /** Owned by `#changed`. */
  #standing: LogStanding;

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
    this.isShared = dependencies.lent !== undefined;
    this.#dependencies = dependencies;
    this.#opened = store;
    this.#mark = mark;
    this.#confirmation = confirmation;
    this.#head = state.head;
    this.#isFrozen = state.isFrozen;
    const metrics = metricsOf(key.verifier.name);
    this.#batcher = new Batcher({
      sequence: (entries) => this.#commit(entries),
      maxBatchEntries: limits.batch_entries,
      maxBatchBytes: MAX_BATCH_BYTES,
      maxQueuedEntries: limits.queued_entries,
      maxQueuedBytes: limits.queued_bytes,
      onBatch: ({ results }) => metrics.batch(results),
    });
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
      onChange: () => this.#changed(),
      onRound: metrics.round,
      onFatal,
      logger,
    };
    this.#publisher = new Publisher(publisherOptions, state);
    this.#standing = this.#describe();
    this.#publishing = this.#publisher.run(this.#stopping.signal);
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  get standing(): LogStanding {
    return this.#standing;
  }

  catchUp(): undefined {
    return undefined;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get published(): SignedHead | undefined {
    return this.#standing.published;
  }

  get signedSize(): number {
    return this.#standing.signedSize;
  }

  get trouble(): string | undefined {
    return this.#standing.trouble;
  }

  get head(): TreeHead {
    return this.#head;
  }

  /** Whether the log is known not to have gone back. */
  get takesEntries(): boolean {
    return this.#confirmation.isConfirmed;
  }

  get queueDepth(): number {
    return this.#batcher.depth;
  }

  async sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    this.#checkTakesEntries();
    return await this.#batcher.take(entries);
  }

  async close(): Promise<void> {
    await this.#batcher.drain();
    this.#stopping.abort();
    await this.#publishing;
    await this.#noteStop();
    this.publication.close();
    await this.#opened.close();
  }

  /**
   * Without the note, as after a crash, the next start needs its witnesses. It would say nothing where others go on
   * with the store.
   */
  async #noteStop(): Promise<void> {
    if (!this.takesEntries || this.isShared) return;
    try {
      await this.#mark.stop(this.#head);
    } catch (err) {
      this.#dependencies.logger.warn({ err }, 'the high-water mark does not know of this stop');
    }
  }

  #checkTakesEntries(): void {
    if (this.#standing.refusal !== undefined) throw this.#standing.refusal;
  }

  async #commit(entries: readonly NewEntry[]) {
    this.#checkTakesEntries();
    try {
      const batch = await this.#opened.writer.sequence(entries);
      this.#head = batch.head;
      this.#publisher.notify();
      return batch;
    } catch (error) {
      const isRefusal = error instanceof StoreError && ['full', 'frozen'].includes(error.kind);
      if (!isRefusal) this.#dependencies.onFatal(error);
      throw error;
    }
  }

  #changed(): void {
    this.#standing = this.#describe();
    for (const listener of this.#listeners) listener();
  }

  #describe(): LogStanding {
    const { published, signedSize, obstacle, trouble } = this.#publisher;
    const confirmation = this.#confirmation;
    const isMissing = published === undefined && confirmation.isConfirmed;
    const missing = isMissing ? 'no checkpoint has had its quorum yet' : undefined;
    const reasons = [confirmation.trouble, missing, trouble].filter((reason) => reason);
    return {
      published,
      signedSize,
      newestAnchorSize: this.#anchoring.newestSize,
      refusal: confirmation.refusal ?? obstacle,
      isFrozen: this.#isFrozen,
      trouble: reasons.length === 0 ? undefined : reasons.join('; '),
    };
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
        signedSize: () => this.#publisher.signedSize,
      });
    });
  }
}
