/**
 * Watches one log: looks at its checkpoint, walks through its entries, compares all statements.
 *
 * Three loops share this object, so that a slow log or a long walk never delays a comparison. What
 * they find becomes judgements; contradictions and their alerts are durable together.
 */
import { HttpTileSource, type TileSource } from '#client/tile-source.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { judgeOwed } from '../judge/comparison.ts';
import {
  judgeDisagreement,
  judgeEvidence,
  judgeForward,
  judgeInvalid,
} from '../judge/conviction.ts';
import type { Grace } from '../judge/grace.ts';
import type { Judgement, Limits } from '../judge/judgement.ts';
import { judgeLag, judgeLog, judgeRetreat, judgeSuspects, judgeWalk } from '../judge/log.ts';
import type { Contradiction, Retreat, Standing } from '../judge/observations.ts';
import { openView, type View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import { CosignedMemory } from './cosigned.ts';
import { Follower } from './follow.ts';
import { HighWater } from './high-water.ts';
import { LagClock } from './lag-clock.ts';
import { Ledger } from './ledger.ts';
import { Polled } from './polled.ts';

export interface LogWatchOptions {
  readonly origin: string;
  readonly url: string;
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  readonly timeoutMs: number;
  readonly limits: Limits;
  readonly state: MonitorState;
  readonly alerts: Alerts;
  readonly grace: Grace;
  readonly logger: Logger;
  readonly now: () => number;
}

/**
 * For this long comparisons that were owed before a restart are tried before they are an alert: while
 * the monitor was away nobody asked, and half a minute is an outage that an honest log may have.
 */
const RESTART_GRACE_MS = 35_000;
/** Between two rounds of comparisons while the log owes any. */
const RETRY_PAUSE_MS = 1000;

export class LogWatch {
  readonly origin: string;
  readonly url: string;
  readonly polled = new Polled<View>();
  readonly follower: Follower;
  readonly #options: LogWatchOptions;
  readonly #ledger: Ledger;
  readonly #cosigned: CosignedMemory;
  /** Views whose cosignatures are remembered: an unchanged note is the same view again. */
  readonly #remembered = new WeakSet<View>();
  readonly #lag = new LagClock();
  // Owned by `poll`.
  #lastNote: string | undefined;
  #highWater = new HighWater();
  // Owned by `compare`: contradictions whose alerts are not durable yet.
  #unrecorded: readonly Contradiction[] = [];
  #compareNotBeforeMs = 0;
  /** What is not owed by then has been shown, and not only not been looked at since a restart. */
  #hasCompared = false;
  /** Owned by `follow`: when entries with all their tiles were last read to their end. */
  #walkedAtMs: number | undefined;

  constructor(options: LogWatchOptions) {
    const { origin, policy, entryTypes, state } = options;
    this.#options = options;
    this.origin = origin;
    this.url = options.url;
    const keys = [...policy.logs.filter(({ key }) => key.name === origin), ...policy.witnesses];
    this.#ledger = new Ledger({
      origin,
      keys: keys.map(({ key }) => key),
      state,
      now: options.now,
    });
    this.#cosigned = new CosignedMemory(origin, state);
    this.follower = new Follower({
      origin,
      source: (signal) => this.#source(signal),
      policy,
      entryTypes,
      state,
      save: (write, invalid) => {
        options.alerts.commit(() => {
          write();
          return judgeInvalid(origin, invalid);
        });
      },
      onProblems: (problems) => {
        const judgements = judgeWalk(origin, problems, options.limits);
        this.#apply(judgements.filter(({ state: verdict }) => verdict === 'bad'));
      },
    });
  }

  /** Takes up where the database says. Throws `ConfigError` if that is about another log. */
  async load(): Promise<void> {
    const { origin, policy, state, alerts } = this.#options;
    await this.follower.load();
    const confirmed = this.follower.confirmedNote;
    if (confirmed !== undefined) this.#ledger.confirm(openStored(confirmed, origin, policy));
    this.#highWater = new HighWater(this.follower.confirmedSize);
    for (const { note, firstSeenMs } of state.statements(origin)) {
      this.#ledger.add(openStored(note, origin, policy), this.#ageOf(firstSeenMs));
    }
    alerts.apply(judgeInvalid(origin, this.follower.invalid));
  }

  /** For how long a saved statement has been owed: a restart adds a little time, and no more. */
  #ageOf(firstSeenMs: number): number {
    const { limits, now } = this.#options;
    return Math.max(0, Math.min(now() - firstSeenMs, limits.owedMs - RESTART_GRACE_MS));
  }

  /** Takes in what anybody showed of this log. Costs nothing when it was shown before. */
  observe(view: View): void {
    const { policy, alerts } = this.#options;
    if (this.#remembered.has(view) && this.#ledger.knows(view)) return;
    alerts.commit(() => {
      this.#ledger.add(view);
      const { evidence, forward } = this.#cosigned.add(view);
      return [
        ...forward.map((key) => judgeForward(this.origin, key, policy)),
        ...this.#store(evidence).map((record) => this.#judge(record)),
      ];
    });
    this.#remembered.add(view);
  }

  standing(view: View): Standing {
    return this.#ledger.standing(view.text);
  }

  /** Fetches the log's checkpoint and judges it. */
  async poll(signal: AbortSignal): Promise<void> {
    try {
      const note = await this.#source(signal).checkpoint();
      const last = this.polled.last;
      const isSame = note === this.#lastNote && last !== undefined;
      const view = isSame ? last : openView(note, this.origin, this.#options.policy);
      this.observe(view);
      this.#lastNote = note;
      this.#highWater.look(view.checkpoint.size);
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
    if (view === undefined || this.standing(view) === 'contradicts') return;
    const report = await this.follower.walk(view, signal);
    if (report === undefined) return;
    if (report.problems.length === 0) {
      this.#ledger.confirm(view);
      if (report.entriesChecked > 0) this.#walkedAtMs = monotonicMs();
    }
    const { entriesChecked, problems } = report;
    this.#apply(judgeWalk(this.origin, problems, this.#options.limits));
    const fields = { origin: this.origin, size: this.follower.confirmedSize, entriesChecked };
    this.#options.logger.debug({ ...fields, problems: problems.length }, 'walked');
  }

  /** Compares all statements that are not settled, and raises what contradicts. */
  async compare(signal: AbortSignal): Promise<void> {
    if (monotonicMs() < this.#compareNotBeforeMs) return;
    const contradictions = await this.#ledger.pass(this.#source(signal));
    this.#unrecorded = [...this.#unrecorded, ...contradictions];
    for (const contradiction of this.#unrecorded) this.#record(contradiction);
    this.#unrecorded = [];
    this.#ledger.forgetRefuted();
    this.#hasCompared = true;
    const isOwed = this.#ledger.owed().length > 0;
    this.#compareNotBeforeMs = isOwed ? monotonicMs() + RETRY_PAUSE_MS : 0;
  }

  /** Judges what only time tells: it goes on while a log lets a request hang. */
  judge(): void {
    const { policy, limits } = this.#options;
    const { last: view, failure } = this.polled;
    if (view === undefined || !this.#hasCompared) return;
    const nowMs = monotonicMs();
    const meanwhile = { checkpoint: failure === undefined, walkedAtMs: this.#walkedAtMs };
    const shown = view.checkpoint.size;
    const walked = Math.min(shown, this.follower.walkedSize);
    const lag = this.#lag.update(shown, this.follower.confirmedSize, nowMs);
    this.#apply([
      ...judgeOwed(this.origin, this.#ledger.owed(), meanwhile, policy, limits, nowMs),
      ...judgeRetreat(this.origin, '', 'log-went-back', this.retreat),
      ...judgeLag(this.origin, lag, { shown, walked }, limits, nowMs),
      ...judgeSuspects(this.origin, this.follower.suspects),
    ]);
  }

  get retreat(): Retreat | undefined {
    return this.#highWater.retreat;
  }

  /** Stores evidence with the alerts that it proves. */
  recordEvidence(evidence: Evidence): void {
    this.#options.alerts.commit(() => this.#store([evidence]).map((record) => this.#judge(record)));
  }

  #record(contradiction: Contradiction): void {
    this.#options.alerts.commit(() => {
      const records = this.#store(contradiction.evidence);
      const accusations = records.map((record) => this.#judge(record));
      return [...accusations, ...judgeDisagreement(contradiction, records)];
    });
  }

  #judge(record: EvidenceRecord): Judgement {
    return judgeEvidence(record, this.#options.policy);
  }

  #store(evidence: readonly Evidence[]): EvidenceRecord[] {
    const { state, now } = this.#options;
    return evidence.map((item) => state.evidence.add(item, now()).record);
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

function openStored(note: string, origin: string, policy: Policy): View {
  try {
    return openView(note, origin, policy);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(
      `The database knows the log ${origin} by a key that the policy does not list; ` +
        'a log with a new key needs a new origin, or a new database for the monitor.',
    );
  }
}
