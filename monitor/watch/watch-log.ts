/**
 * Watches one log: looks at its checkpoint, walks through its entries, compares all statements.
 *
 * Three loops share this object, so that a slow log or a long walk never delays a comparison. What
 * they find becomes judgements; contradictions and their alerts are durable together.
 */
import type { EntryChecks } from '#client/check-log.ts';
import type { EntryJudge } from '#client/entry-judge.ts';
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { judgeOwed } from '../judge/comparison.ts';
import { judgeEntries, judgeGaps } from '../judge/entries.ts';
import type { Grace } from '../judge/grace.ts';
import type { Judgement, Limits } from '../judge/judgement.ts';
import { judgeLag, judgeLog, judgeRetreat, judgeSuspects, judgeWalk } from '../judge/log.ts';
import type { Retreat } from '../judge/observations.ts';
import { openView, type View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import { Follower } from './follow.ts';
import { HighWater } from './high-water.ts';
import { LagClock } from './lag-clock.ts';
import { Polled } from './polled.ts';
import { type HandedIn, Testimony } from './testimony.ts';

export interface LogWatchOptions {
  readonly origin: string;
  readonly url: string;
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  readonly entries: EntryChecks;
  readonly judge: EntryJudge;
  readonly timeoutMs: number;
  /** What receipts are held to beyond what their log asks; nothing if absent. */
  readonly profile?: Profile | undefined;
  readonly limits: Limits;
  readonly state: MonitorState;
  readonly alerts: Alerts;
  readonly grace: Grace;
  readonly logger: Logger;
  readonly now: () => number;
}

/** For each request while somebody waits for what he handed in. */
const HAND_IN_MS = 2000;

export class LogWatch {
  readonly origin: string;
  readonly url: string;
  readonly polled = new Polled<View>();
  readonly follower: Follower;
  /** All that was signed about this log. */
  readonly testimony: Testimony;
  readonly #options: LogWatchOptions;
  readonly #lag = new LagClock();
  // Owned by `poll`.
  #lastNote: string | undefined;
  #quorumAtMs: number | undefined;
  #highWater = new HighWater();
  /** Owned by `follow`: when entries with all their tiles were last read to their end. */
  #walkedAtMs: number | undefined;

  constructor(options: LogWatchOptions) {
    const { origin, policy, entryTypes, state } = options;
    this.#options = options;
    this.origin = origin;
    this.url = options.url;
    this.testimony = new Testimony(options);
    this.follower = new Follower({
      origin,
      url: options.url,
      source: (signal) => this.#source(signal),
      policy,
      entryTypes,
      entries: options.entries,
      judge: options.judge,
      state,
      profile: options.profile,
      save: (write, found) => {
        options.alerts.commit(() => {
          write();
          return judgeEntries(origin, found());
        });
      },
      now: options.now,
      onProblems: (problems) => {
        const judgements = judgeWalk(origin, problems, options.limits);
        this.#apply(judgements.filter(({ state: verdict }) => verdict === 'bad'));
      },
    });
  }

  /** Takes up where the database says. Throws `ConfigError` if that is about another log. */
  async load(): Promise<void> {
    const { origin, policy, alerts } = this.#options;
    await this.follower.load();
    const { confirmedNote } = this.follower;
    this.testimony.load(confirmedNote);
    if (confirmedNote !== undefined) this.#noteQuorum(openView(confirmedNote, origin, policy));
    this.#highWater = new HighWater(this.follower.confirmedSize);
    alerts.apply(judgeEntries(origin, this.follower.found));
  }

  get verifiedSize(): number {
    return this.follower.confirmedSize;
  }

  /** Fetches the log's checkpoint and judges it. */
  async poll(signal: AbortSignal): Promise<void> {
    try {
      const note = await this.#source(signal).checkpoint();
      const last = this.polled.last;
      const isSame = note === this.#lastNote && last !== undefined;
      const view = isSame ? last : openView(note, this.origin, this.#options.policy);
      this.testimony.observe(view, `${this.url}/checkpoint`);
      this.#lastNote = note;
      this.#highWater.look(view.checkpoint.size);
      this.#noteQuorum(view);
      this.polled.succeeded(view);
    } catch (error) {
      if (signal.aborted) throw error;
      this.polled.failed(error);
    }
    const { policy, limits, now } = this.#options;
    const { asked, last: view, failure } = this.polled;
    this.#apply(judgeLog({ origin: this.origin, asked, view, failure }, policy, limits, now()));
  }

  /** Walks through the entries up to the checkpoint last seen. */
  async follow(signal: AbortSignal): Promise<void> {
    const view = this.polled.last;
    // What contradicts the confirmed tree cannot be walked to from there.
    if (view === undefined || this.testimony.standing(view) === 'contradicts') return;
    const report = await this.follower.walk(view, signal);
    if (report === undefined) return;
    if (report.problems.length === 0) {
      this.testimony.confirm(view);
      if (report.entriesChecked > 0) this.#walkedAtMs = monotonicMs();
    }
    const { entriesChecked, problems } = report;
    this.#apply(judgeWalk(this.origin, problems, this.#options.limits));
    const fields = { origin: this.origin, size: this.follower.confirmedSize, entriesChecked };
    this.#options.logger.debug({ ...fields, problems: problems.length }, 'walked');
  }

  /** Compares all statements that are not settled, and raises what contradicts. */
  async compare(signal: AbortSignal): Promise<void> {
    await this.testimony.compare(this.#source(signal));
  }

  /** Judges what somebody saw somewhere, or keeps it for the next round if not at once. */
  async handIn(view: View, { isAtOnce }: { isAtOnce: boolean }): Promise<HandedIn> {
    if (!isAtOnce) return await this.testimony.handIn(view, undefined, this.verifiedSize);
    const timeoutMs = Math.min(this.#options.timeoutMs, HAND_IN_MS);
    const source = new HttpTileSource(this.url, { timeoutMs, fetch: outboundFetch });
    return await this.testimony.handIn(view, source, this.verifiedSize);
  }

  /** Judges what only time tells: it goes on while a log lets a request hang. */
  judge(): void {
    const { policy, limits } = this.#options;
    const { last: view, failure } = this.polled;
    if (view === undefined || !this.testimony.hasCompared) return;
    const nowMs = monotonicMs();
    const meanwhile = { checkpoint: failure === undefined, walkedAtMs: this.#walkedAtMs };
    const shown = view.checkpoint.size;
    const walked = Math.min(shown, this.follower.walkedSize);
    const lag = this.#lag.update(shown, this.follower.confirmedSize, nowMs);
    this.#apply([
      ...judgeOwed(this.origin, this.testimony.owed(), meanwhile, policy, limits, nowMs),
      ...judgeRetreat(this.origin, '', 'log-went-back', this.retreat),
      ...judgeLag(this.origin, lag, { shown, walked }, limits, nowMs),
      ...judgeSuspects(this.origin, this.follower.suspects),
      ...judgeGaps(this.origin, this.follower.gaps(limits.chainGapMs)),
    ]);
  }

  /** When a quorum had last cosigned what the log published, by the witnesses' times; Unix milliseconds. */
  get quorumAtMs(): number | undefined {
    return this.#quorumAtMs;
  }

  #noteQuorum({ quorumTimeSeconds }: View): void {
    if (quorumTimeSeconds === undefined) return;
    this.#quorumAtMs = Math.max(this.#quorumAtMs ?? 0, quorumTimeSeconds * 1000);
  }

  get retreat(): Retreat | undefined {
    return this.#highWater.retreat;
  }

  #apply(judgements: readonly Judgement[]): void {
    const { alerts, grace } = this.#options;
    alerts.apply(grace.settle(judgements, monotonicMs()));
  }

  #source(signal: AbortSignal): TileSource {
    const { url, timeoutMs } = this.#options;
    return new HttpTileSource(url, { timeoutMs, signal, fetch: outboundFetch });
  }
}
