/**
 * Turns the newest durable tree into a published checkpoint: sign, have it cosigned, publish.
 *
 * The signature is recorded durably before it leaves the process, by compare-and-swap on the size
 * signed last, so two trees that are not prefixes of one another are never signed. Without a quorum
 * nothing is published: readers keep the last cosigned checkpoint. Until it is known that the log has
 * not gone back (`confirmation.ts`) nothing new is signed: witnesses are offered what was signed last.
 * And nothing is signed before readers can have the tiles under it (`tile-publication.ts`).
 */
import { equalBytes } from '#protocol/bytes.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { formatNote, parseNote } from '#protocol/note/note.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Logger } from '#service/logging.ts';
import { monotonicMs, sleep } from '#service/schedule.ts';
import type { HighWaterMark } from '../store/high-water.ts';
import {
  type CheckpointRecorder,
  type SignedHead,
  StoreError,
  type TreeHead,
} from '../store/store.ts';
import type { Anchoring } from './anchors.ts';
import type { Confirmation } from './confirmation.ts';
import { cosigningRound, type RoundResult } from './round.ts';
import { type TilePublication, TilePublicationError } from './tile-publication.ts';
import { LostTreeError, type NamedCosignature, type WitnessFeed } from './witness-feed.ts';

export interface PublisherOptions {
  readonly key: SignerKey;
  readonly policy: Policy;
  readonly feeds: readonly WitnessFeed[];
  readonly store: CheckpointRecorder;
  readonly tiles: Pick<TilePublication, 'publish' | 'show'>;
  readonly mark: Pick<HighWaterMark, 'raise'>;
  readonly anchoring: Anchoring;
  readonly confirmation: Confirmation;
  /** The newest durable tree. */
  readonly treeHead: () => TreeHead;
  /** At most one new checkpoint in this time. */
  readonly intervalMs: number;
  /** An idle log's checkpoint is cosigned again after this time. */
  readonly refreshMs: number;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
  /** Told after each change of what the getters of the publisher, and of the confirmation, say. */
  readonly onChange: () => void;
  readonly onRound: (result: RoundResult, durationMs: number) => void;
  /** The state is not what it must be: the process cannot go on. */
  readonly onFatal: (error: unknown) => void;
  readonly logger: Logger;
}

/** How long a quorum waits for the witnesses that are not needed for it. */
const GRACE_MS = 50;
/** The same while the log asks whether it has gone back: one that knows better should be heard. */
const ASKING_GRACE_MS = 1000;
const EMPTY_TREE: TreeHead = { size: 0, root: EMPTY_ROOT };
/** Pause after a round without a quorum, if the interval is shorter. */
const RETRY_MS = 1000;

/** What keeps a round from its end and may pass by itself. */
type Obstacle = StoreError | TilePublicationError;

function isObstacle(error: unknown): error is Obstacle {
  if (error instanceof TilePublicationError) return true;
  return error instanceof StoreError && error.kind === 'full';
}

export class Publisher {
  readonly #options: PublisherOptions;
  // All owned by the one loop that `run` is.
  #signed: SignedHead | undefined;
  #published: SignedHead | undefined;
  #publishedAtMs = Number.NEGATIVE_INFINITY;
  /** Witnesses that failed in the last round, so that only changes are logged. */
  readonly #failing = new Map<string, string>();
  #quorumMissing = false;
  /** Why the last round could not sign, or keep what it signed; undefined when it could. */
  #obstacle: Obstacle | undefined;
  #wake: () => void = () => undefined;

  constructor(
    options: PublisherOptions,
    state: { signed: SignedHead | undefined; published: string | undefined },
  ) {
    this.#options = options;
    this.#signed = state.signed;
    if (state.published !== undefined) {
      const { checkpoint } = openCheckpoint(state.published, logOf(options.key.verifier));
      const { size, root } = checkpoint;
      this.#published = { size, root, note: state.published };
    }
  }

  /** What readers are shown, with its cosignatures; undefined until the first quorum. */
  get published(): SignedHead | undefined {
    return this.#published;
  }

  /** Size of the checkpoint signed last; 0 before the first. Witnesses may have seen that much. */
  get signedSize(): number {
    return this.#signed?.size ?? 0;
  }

  /** Why no new checkpoint comes out; undefined while all is well. */
  get trouble(): string | undefined {
    if (this.#obstacle !== undefined) return `nothing is published: ${this.#obstacle.message}`;
    if (!this.#quorumMissing) return undefined;
    return `no quorum: ${[...this.#failing].map(([url, fault]) => `${url}: ${fault}`).join('; ')}`;
  }

  /**
   * A `StoreError` while there is no room for what is to be signed, and a `TilePublicationError` while its
   * tiles cannot be published: an entry that was answered meanwhile would be one that neither the mark
   * nor a witness ever hears of.
   */
  get obstacle(): Error | undefined {
    return this.#obstacle;
  }

  /** Tells the loop that the tree has grown. */
  notify(): void {
    this.#wake();
  }

  /**
   * Publishes until the signal is aborted, or the log has gone back. A round in progress is finished
   * first, unless nothing hangs on it.
   */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#options.confirmation.hasGoneBack) {
      const startedMs = monotonicMs();
      let pauseMs = this.#options.intervalMs;
      try {
        if (this.#isDue() && !(await this.publish(signal))) pauseMs = Math.max(pauseMs, RETRY_MS);
        this.#meet(undefined);
      } catch (error) {
        if (!isObstacle(error)) {
          this.#options.onFatal(error);
          return;
        }
        this.#meet(error);
        const what = error instanceof StoreError ? 'the store is full' : 'the tiles have no place';
        this.#options.logger.error({ err: error }, `${what}; nothing is published`);
        pauseMs = Math.max(pauseMs, RETRY_MS);
      }
      await sleep(Math.max(0, pauseMs - (monotonicMs() - startedMs)), signal);
      const hasGoneBack = this.#options.confirmation.hasGoneBack;
      if (!hasGoneBack && !this.#isDue()) await this.#untilNews(signal);
    }
  }

  #meet(obstacle: Obstacle | undefined): void {
    if (obstacle === this.#obstacle) return;
    this.#obstacle = obstacle;
    this.#options.onChange();
  }

  #isDue(): boolean {
    const size = this.#published?.size;
    const isStale = monotonicMs() - this.#publishedAtMs >= this.#options.refreshMs;
    return size === undefined || size < this.#options.treeHead().size || isStale;
  }

  /** Waits until the tree grows, the checkpoint is due for a refresh, or the signal is aborted. */
  async #untilNews(signal: AbortSignal): Promise<void> {
    const news = new AbortController();
    this.#wake = () => news.abort();
    const untilRefreshMs = this.#publishedAtMs + this.#options.refreshMs - monotonicMs();
    await sleep(Math.max(0, untilRefreshMs), AbortSignal.any([news.signal, signal]));
    this.#wake = () => undefined;
  }

  /**
   * One round. True when a checkpoint was published. Rejects when the process cannot go on, the
   * store is full, or the tiles cannot be published.
   */
  async publish(signal?: AbortSignal): Promise<boolean> {
    const { feeds, policy, now, confirmation, treeHead, onRound } = this.#options;
    const startedMs = monotonicMs();
    const isAsking = !confirmation.isConfirmed;
    const tree = isAsking ? (this.#signed ?? EMPTY_TREE) : treeHead();
    await this.#publishTiles(tree, signal);
    if (confirmation.hasGoneBack) return false;
    const head = await this.#sign(tree);
    if (confirmation.hasGoneBack) return false;
    const result = await cosigningRound(head, feeds, {
      policy,
      now,
      graceMs: isAsking ? ASKING_GRACE_MS : GRACE_MS,
      endsWhenLost: !confirmation.isTrusted,
      ...(isAsking && signal && { signal }),
      onLate: (feed, fault) => this.#reportLate(feed, fault),
    });
    if (isAsking && signal?.aborted) return false;
    this.#report(result);
    await confirmation.judge(result);
    this.#options.onChange();
    if (confirmation.hasGoneBack) return false;
    if (result.quorumMet) await this.#release(head, result.cosignatures);
    onRound(result, monotonicMs() - startedMs);
    return result.quorumMet;
  }

  /** Their place may know of a tree that this log has signed, and is not in its database. */
  async #publishTiles({ size }: TreeHead, signal?: AbortSignal): Promise<void> {
    const { tiles, confirmation, onChange } = this.#options;
    try {
      await tiles.publish(size, signal);
    } catch (error) {
      if (!(error instanceof LostTreeError)) throw error;
      confirmation.goneBack(error.message);
      // Who trusts the database all the same needs another place.
      if (!confirmation.hasGoneBack) throw new TilePublicationError(error.message);
      onChange();
    }
  }

  /** A tree, signed; recorded, and counted by the mark, before anybody sees the signature. */
  async #sign(tree: TreeHead): Promise<SignedHead> {
    const head = await this.#record(tree);
    await this.#options.mark.raise(head);
    return head;
  }

  async #record({ size, root }: TreeHead): Promise<SignedHead> {
    const { key, store } = this.#options;
    const last = this.#signed;
    if (last !== undefined && size < last.size) {
      throw new StoreError('conflict', `signed size ${last.size}, but the tree has ${size} leaves`);
    }
    if (last !== undefined && size === last.size) {
      if (equalBytes(root, last.root)) return last;
      throw new StoreError('conflict', `signed another root at size ${size}`);
    }
    const checkpoint = { origin: key.verifier.name, size, root, extensions: [] };
    const head = { size, root, note: signCheckpoint(checkpoint, key) };
    await store.recordSigned(head, last?.size);
    this.#signed = head;
    // Before any witness can show it to somebody who then asks for the tiles under it.
    this.#options.onChange();
    return head;
  }

  async #release(head: SignedHead, cosignatures: readonly NamedCosignature[]): Promise<void> {
    const { policy, store, tiles, anchoring, onChange } = this.#options;
    const { text, signatures } = parseNote(head.note);
    const order = policy.witnesses.map(({ name }) => name);
    const lines = cosignatures
      .toSorted((a, b) => order.indexOf(a.witness) - order.indexOf(b.witness))
      .map(({ signature }) => signature);
    const note = formatNote({ text, signatures: [...signatures, ...lines] });
    const next = { size: head.size, note };
    const anchors = anchoring.choose(this.#published, next);
    // First where it may fail: a round that did not end is made again.
    await tiles.show(note);
    await store.recordPublished(note, head.size, anchors);
    anchoring.kept(anchors, next);
    this.#published = { size: head.size, root: head.root, note };
    this.#publishedAtMs = monotonicMs();
    onChange();
  }

  /** Logs what has changed since the round before. */
  #report({ outcomes, quorumMet }: RoundResult): void {
    const { logger } = this.#options;
    for (const [feed, fault] of outcomes) this.#reportOutcome(feed, fault);
    if (quorumMet === !this.#quorumMissing) return;
    this.#quorumMissing = !quorumMet;
    if (quorumMet) logger.info('the quorum is back');
    else logger.error('no quorum: the last checkpoint stays published');
  }

  #reportOutcome(feed: WitnessFeed, fault: Error | undefined): void {
    const { logger } = this.#options;
    const witness = { witness: feed.names, url: feed.url };
    if (fault === undefined) {
      if (this.#failing.delete(feed.url)) logger.info(witness, 'the witness cosigns again');
      return;
    }
    if (this.#failing.get(feed.url) === fault.message) return;
    this.#failing.set(feed.url, fault.message);
    logger.error({ ...witness, err: fault }, 'a witness did not cosign');
  }

  /** A witness that the quorum did not wait for is heard all the same. */
  #reportLate(feed: WitnessFeed, fault: Error | undefined): void {
    this.#reportOutcome(feed, fault);
    if (fault instanceof LostTreeError) {
      this.#options.confirmation.goneBack(fault.message);
      this.#wake();
    }
    this.#options.onChange();
  }
}
