/**
 * A log whose store several processes have open: each of them admits entries and serves reads, one of them, which has
 * the lease, sequences.
 *
 * This is how one process takes part. It looks at the store again and again: who has the lease, and how far the log
 * is. While another has it, entries are handed over to that one; where nobody has it, this one tries to take it.
 * What is shown to readers comes out of the store, whoever wrote it.
 */
import type { SignerKey } from '#protocol/note/key.ts';
import { ConfigError, PassingError } from '#service/errors.ts';
import { checkPlace } from '#service/public-files/open-public-files.ts';
import { freshly, inTime, monotonicMs, sleep } from '#service/schedule.ts';
import type { LogConfig } from '../config.ts';
import type { HostedLog } from '../hosted-log.ts';
import type { LogDependencies } from '../log.ts';
import { highWaterPath, identityOf, readLogKey, readPolicy } from '../log-files.ts';
import { NotConfirmedError } from '../publishing/confirmation.ts';
import { StoreTiles } from '../publishing/tile-publication.ts';
import { NoSequencerError } from '../sequencing/no-sequencer.ts';
import type { LogStanding, SequencerLink } from '../sequencing/sequencer-link.ts';
import { HighWaterMark } from '../store/high-water.ts';
import { locateStore, settleIfArrived } from '../store/open-store.ts';
import {
  type NewEntry,
  type Overview,
  type Sequenced,
  type SharedReader,
  type SharedStore,
  type SignedHead,
  StoreError,
  type TreeHead,
} from '../store/store.ts';
import { TreeReader } from '../store/tree-reader.ts';
import type { Door } from './door.ts';
import { type Holder, parseHolder } from './holder.ts';
import { type Known, knownFrom, setback, withGreater } from './known.ts';
import { LeasePatience } from './lease-patience.ts';
import { RemoteLink } from './remote-link.ts';
import { Term } from './term.ts';

/** How often a process looks who sequences. */
const LOOK_MS = 500;
/** A store that has not answered by then is as good as away. */
const MAX_LOOK_MS = 5000;

export interface SharedLogDependencies extends LogDependencies {
  readonly door: Door;
}

const NOBODY = new NoSequencerError('it is not known which process sequences the log');

export class SharedLog implements HostedLog {
  readonly key: SignerKey;
  readonly policy: HostedLog['policy'];
  readonly policyText: string;
  readonly types: HostedLog['types'];
  readonly store: SharedReader;
  readonly publication: HostedLog['publication'];
  readonly tree: TreeReader;
  readonly isShared = true;
  readonly #config: LogConfig;
  readonly #dependencies: SharedLogDependencies;
  readonly #shared: SharedStore;
  readonly #patience = new LeasePatience();
  readonly #look: () => Promise<Overview>;
  readonly #stopping = new AbortController();
  readonly #listeners: (() => void)[] = [];
  /** Set by `open`. */
  #taking: Promise<void> = Promise.resolve();
  /** Owned by `#learn` and `#leave`. */
  #known: Known;
  /** Leaves up to the last one whose index was told here: a database that lacks it has gone back. Owned by `sequence`. */
  #answeredSize = 0;
  /** Why what is known may be old; undefined while it is not. Owned by `#learn` and `#doubt`. */
  #fault: string | undefined;
  /** That the database lacks what it had: nothing is handed over then. Owned by `#noteSetback`. */
  #setback: NotConfirmedError | undefined;
  // Both owned by `#lead` and `#leave`: while this process has the lease, and the term before as long as it ends.
  #term: Term | undefined;
  #left: Promise<void> | undefined;
  // All owned by `#follow`: the way to the holder of a lease, whose it is, and whose is being looked for.
  #link: RemoteLink | undefined;
  #linkedTo: number | undefined;
  #connectingTo: number | undefined;
  /** Why there is no way to the holder of the lease; undefined while it is not known. Owned by `#follow` and `#lead`. */
  #impasse: string | undefined;
  /**
   * Whether the database is still trusted, whatever speaks against it: what the operator has judged at the start is
   * what was there then, and no later loss. Owned by `#changed` and `#learn`.
   */
  #isTrusted: boolean;
  readonly #judged: Overview;
  /** Why the lease, which is free, was not taken; undefined where it was not tried. Owned by `#lead`. */
  #hindrance: string | undefined;
  /** Ends the pause before the next look. Owned by `#takePart`. */
  #wake: () => void = () => undefined;
  /** Owned by `#changed`. */
  #standing: LogStanding;

  /** Rejects with `ConfigError` for keys, policies and stores that cannot be used, `StoreError` for a store that is away. */
  static async open(
    config: LogConfig,
    shared: SharedStore,
    dependencies: SharedLogDependencies,
  ): Promise<SharedLog> {
    const key = readLogKey(config.key);
    const { policy, text } = readPolicy(config.policy, key);
    // Opened anew for each term: what is wrong with it an operator is to know at the start.
    const openMark = dependencies.trustDatabase ? HighWaterMark.replacing : HighWaterMark.open;
    await openMark(highWaterPath(config), key.verifier.text);
    if (config.tiles !== undefined) checkPlace(config.tiles);
    await settleIfArrived(locateStore(config), identityOf(key));
    const store = await shared.openReader(identityOf(key));
    try {
      const files = { key, policy, policyText: text, store, overview: await store.overview() };
      const log = new SharedLog(config, shared, dependencies, files);
      log.#taking = log.#takePart();
      return log;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  private constructor(
    config: LogConfig,
    shared: SharedStore,
    dependencies: SharedLogDependencies,
    files: Pick<HostedLog, 'key' | 'policy' | 'policyText'> & {
      readonly store: SharedReader;
      readonly overview: Overview;
    },
  ) {
    const { key, policy, policyText, store, overview } = files;
    const { tiles, publicationOf } = dependencies;
    this.key = key;
    this.policy = policy;
    this.policyText = policyText;
    this.types = config.entry_types;
    this.store = store;
    this.publication = publicationOf?.(store, this.origin) ?? new StoreTiles(store);
    this.tree = new TreeReader(store, this.origin, tiles);
    this.#config = config;
    this.#dependencies = dependencies;
    this.#isTrusted = dependencies.trustDatabase;
    this.#judged = overview;
    this.#shared = shared;
    this.#known = knownFrom(overview, key.verifier);
    this.#standing = this.#describe();
    this.#look = freshly(async () => {
      const before = this.#known;
      try {
        const seen = await inTime(MAX_LOOK_MS, store.overview(), () => {
          return new StoreError('failed', `no answer within ${MAX_LOOK_MS} ms`);
        });
        this.#learn(seen, before);
        return seen;
      } catch (error) {
        if (error instanceof StoreError) this.#doubt(error.message);
        throw error;
      }
    });
  }

  get origin(): string {
    return this.key.verifier.name;
  }

  get standing(): LogStanding {
    return this.#standing;
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
    return this.#term?.log.head ?? this.#known.head;
  }

  get takesEntries(): boolean {
    return this.#standing.refusal === undefined;
  }

  get queueDepth(): number {
    return this.#term?.log.queueDepth ?? 0;
  }

  get isSequencing(): boolean {
    return this.#term !== undefined;
  }

  /** Also while this process sequences: it may have lost the lease without knowing. */
  async catchUp(): Promise<void> {
    await this.#look();
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    const results = await this.#sequencer().sequence(entries);
    for (const { index } of results) this.#answeredSize = Math.max(this.#answeredSize, index + 1);
    return results;
  }

  #sequencer(): Pick<SequencerLink, 'sequence'> {
    if (this.#term !== undefined) return this.#term.log;
    if (this.#link?.isOpen) return this.#link;
    throw NOBODY;
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#taking;
    this.#leave();
    await this.#left;
    this.#link?.close();
    await this.store.close();
  }

  async #takePart(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const beganMs = monotonicMs();
      const news = new AbortController();
      this.#wake = () => news.abort();
      try {
        const { lease } = await this.#look();
        if (this.#term === undefined && !signal.aborted) {
          if (this.#patience.isFree(lease, beganMs)) await this.#lead(lease.fencing);
          else this.#follow(lease);
        }
      } catch (error) {
        if (!(error instanceof StoreError)) return this.#dependencies.onFatal(error);
      }
      await sleep(LOOK_MS, AbortSignal.any([signal, news.signal]));
    }
  }

  /** Tries to take the lease, which has been seen to be free. */
  async #lead(seen: number): Promise<void> {
    // Not before the term before has ended: others may be faster.
    if (this.#left !== undefined) return;
    this.#impasse = undefined;
    const { logger, door } = this.#dependencies;
    try {
      const term = await Term.begin({
        config: this.#config,
        store: this.#shared,
        seen,
        door,
        dependencies: { ...this.#dependencies, trustDatabase: this.#isTrusted },
        known: { ...this.#known, answeredSize: this.#answeredSize },
      });
      this.#term = term;
      void term.lost.then((error) => this.#lose(term, error));
      this.#hindrance = undefined;
      term.log.onChange(() => this.#changed());
      logger.info({ origin: this.origin, fencing: term.fencing }, 'this process sequences the log');
      this.#link?.close();
      this.#changed();
    } catch (error) {
      this.#hinder(error);
    }
  }

  /** Why this process does not sequence though nobody else does: it goes on reading, and tries again. */
  #hinder(error: unknown): void {
    const isLost = error instanceof StoreError && error.kind === 'conflict';
    const mayPass = [StoreError, PassingError, ConfigError].some((Kind) => error instanceof Kind);
    if (!mayPass) throw error;
    const hindrance = isLost ? undefined : (error as Error).message;
    if (hindrance !== undefined && hindrance !== this.#hindrance) {
      const { logger } = this.#dependencies;
      logger.error({ origin: this.origin, err: error }, 'the lease cannot be taken');
    }
    this.#hindrance = hindrance;
    this.#changed();
  }

  /** The term is over, by itself. */
  #lose(term: Term, err: StoreError): void {
    if (this.#term !== term) return;
    const { logger } = this.#dependencies;
    logger.error({ err, origin: this.origin }, 'this process sequences the log no longer');
    this.#leave();
  }

  /** Ends the term, if there is one; what it had begun is finished behind it. */
  #leave(): void {
    const term = this.#term;
    if (term === undefined) return;
    this.#term = undefined;
    this.#known = withGreater(this.#known, { ...term.log.standing, head: term.log.head });
    this.#changed();
    const ending = term.end().catch((err: unknown) => {
      this.#dependencies.logger.warn({ err, origin: this.origin }, 'a term did not end in order');
    });
    this.#left = ending.finally(() => {
      this.#left = undefined;
    });
  }

  /** Finds the way to the holder of the lease, unless it is known. */
  #follow({ fencing, holder }: Overview['lease']): void {
    const isLinked = this.#link?.isOpen && this.#linkedTo === fencing;
    if (isLinked || this.#connectingTo === fencing) return;
    const found = holder === undefined ? undefined : parseHolder(holder);
    if (found === undefined) return;
    // Whoever is still being connected to has lost the lease.
    this.#connectingTo = fencing;
    const isWanted = () => this.#connectingTo === fencing && !this.#stopping.signal.aborted;
    RemoteLink.connect(found, () => this.#heard())
      .then(
        (link) => {
          if (!isWanted()) return link.close();
          this.#link?.close();
          this.#link = link;
          this.#impasse = undefined;
          this.#linkedTo = fencing;
          this.#heard();
        },
        (error: Error) => {
          if (isWanted()) this.#miss(found, error);
        },
      )
      .finally(() => {
        if (this.#connectingTo === fencing) this.#connectingTo = undefined;
      });
  }

  /** It is tried again at each look; an operator has to hear of it once. */
  #miss({ addresses, port }: Holder, err: Error): void {
    const where = `${addresses.join(', ')}, port ${port}`;
    const impasse = `the process that sequences the log cannot be reached at ${where}: ${err.message}`;
    if (impasse === this.#impasse) return;
    this.#impasse = impasse;
    const { logger } = this.#dependencies;
    logger.warn({ err, origin: this.origin, addresses, port }, 'the sequencer cannot be reached');
    this.#changed();
  }

  /** News of the sequencer, or the end of the way to it. */
  #heard(): void {
    if (!this.#link?.isOpen) this.#wake();
    else this.#hear(this.#link.standing);
    this.#changed();
  }

  /** What the sequencer says of the log is in the store before it is told of: nobody has to ask there. */
  #hear(standing: LogStanding): void {
    const { head, published } = this.#known;
    const isSame = standing.published?.note === published?.note;
    const isLarger = (standing.published?.size ?? -1) > (published?.size ?? -1);
    this.#known = withGreater(this.#known, { ...standing, head, ...(!isLarger && { published }) });
    // Of two of one size only the store tells which is the newer one.
    if (!isSame && !isLarger) this.#look().catch(() => undefined);
  }

  /** `before` is what was known when the store was asked. */
  #learn(overview: Overview, before: Known): void {
    this.#fault = setback(before, overview);
    this.#noteSetback(this.#fault);
    const { head, signedSize } = overview;
    const isAsJudged =
      head.size === this.#judged.head.size && signedSize === this.#judged.signedSize;
    if (!isAsJudged) this.#isTrusted = false;
    const { published } = this.#known;
    const seen = knownFrom(overview, this.key.verifier, published);
    // Where this process has published meanwhile, its own checkpoint is the newer one of that size.
    const isOvertaken = before !== this.#known && seen.published?.size === published?.size;
    this.#known = withGreater(this.#known, isOvertaken ? { ...seen, published } : seen);
    // What was read before this process took the lease says nothing of it.
    if (this.#term !== undefined && this.#term.fencing < overview.lease.fencing) this.#leave();
    this.#changed();
  }

  /** Says it once, however the database grows until it has caught up. */
  #noteSetback(reason: string | undefined): void {
    if (reason === undefined) this.#setback = undefined;
    else if (this.#setback === undefined) {
      this.#setback = new NotConfirmedError(reason);
      this.#dependencies.logger.error(
        { origin: this.origin, reason },
        'the log has lost entries or signatures',
      );
    }
  }

  #doubt(reason: string): void {
    this.#fault = `the store cannot be read: ${reason}`;
    this.#changed();
  }

  #changed(): void {
    const standing = this.#describe();
    // Whoever sequences it: from here on there is more to lose than was judged.
    if (this.#term?.log.takesEntries ?? standing.refusal === undefined) this.#isTrusted = false;
    const members = Object.keys(standing) as (keyof LogStanding)[];
    if (members.every((name) => standing[name] === this.#standing[name])) return;
    this.#standing = standing;
    for (const listener of this.#listeners) listener();
  }

  #describe(): LogStanding {
    if (this.#term !== undefined) return this.#term.log.standing;
    const { published, signedSize, newestAnchorSize, isFrozen } = this.#known;
    const theirs = this.#link?.isOpen ? this.#link.standing : undefined;
    const reasons =
      theirs === undefined
        ? [this.#fault, this.#hindrance, this.#impasse ?? NOBODY.message]
        : [this.#fault, theirs.trouble];
    const trouble = reasons.filter((reason) => reason !== undefined).join('; ');
    return {
      published,
      signedSize,
      newestAnchorSize,
      refusal: this.#setback ?? (theirs === undefined ? NOBODY : theirs.refusal),
      isFrozen,
      trouble: trouble === '' ? undefined : trouble,
    };
  }
}
