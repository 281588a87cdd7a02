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
import type { Logger } from '#service/logging.ts';
import { outboundFetch } from '#service/outbound.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Alerts } from './alerts.ts';
import { judgeDisagreement, judgeEvidence, judgeInvalid } from './convict.ts';
import { CosignedMemory } from './cosigned.ts';
import { Follower } from './follow.ts';
import type { Grace } from './grace.ts';
import { type Judgement, judgeLog, judgePass, judgeWalk, type Limits } from './judge.ts';
import { type Contradiction, Ledger, type Standing } from './ledger.ts';
import { Polled } from './polled.ts';
import type { EvidenceRecord, MonitorState } from './state.ts';
import { openView, type View } from './view.ts';

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

export class LogWatch {
  readonly origin: string;
  readonly url: string;
  readonly polled = new Polled<View>();
  readonly follower: Follower;
  readonly #options: LogWatchOptions;
  readonly #ledger: Ledger;
  readonly #cosigned: CosignedMemory;
  // Owned by `poll`.
  #lastNote: string | undefined;
  // Owned by `compare`: contradictions whose alerts are not durable yet.
  #unrecorded: readonly Contradiction[] = [];

  constructor(options: LogWatchOptions) {
    const { origin, policy, entryTypes, state } = options;
    this.#options = options;
    this.origin = origin;
    this.url = options.url;
    const keys = [...policy.logs.filter(({ key }) => key.name === origin), ...policy.witnesses];
    this.#ledger = new Ledger({ origin, keys: keys.map(({ key }) => key), state });
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
    });
  }

  /** Takes up where the database says. Throws `ConfigError` if that is about another log. */
  async load(): Promise<void> {
    const { origin, policy, state, alerts } = this.#options;
    await this.follower.load();
    const confirmed = this.follower.confirmedNote;
    if (confirmed !== undefined) this.#ledger.confirm(openStored(confirmed, origin, policy));
    for (const note of state.statements(origin)) {
      this.#ledger.add(openStored(note, origin, policy));
    }
    alerts.apply(judgeInvalid(origin, this.follower.invalid));
  }

  /** Takes in what anybody showed of this log. */
  observe(view: View): void {
    this.#options.alerts.commit(() => {
      this.#ledger.add(view);
      return this.#store(this.#cosigned.add(view)).map((record) => this.#judge(record));
    });
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
      if (!isSame) this.observe(view);
      this.#lastNote = note;
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
    if (report.problems.length === 0) this.#ledger.confirm(view);
    this.#apply(judgeWalk(this.origin, report, this.#options.limits));
    const { entriesChecked, problems } = report;
    const fields = { origin: this.origin, size: this.follower.confirmedSize, entriesChecked };
    this.#options.logger.debug({ ...fields, problems: problems.length }, 'walked');
  }

  /** Compares all statements that are not settled, and raises what contradicts. */
  async compare(signal: AbortSignal): Promise<void> {
    const report = await this.#ledger.pass(this.#source(signal));
    this.#unrecorded = [...this.#unrecorded, ...report.contradictions];
    for (const contradiction of this.#unrecorded) this.#record(contradiction);
    this.#unrecorded = [];
    this.#ledger.forgetRefuted();
    // What is proven is stored also while stopping; what is undecided then says nothing.
    signal.throwIfAborted();
    const shownSize = this.polled.last?.checkpoint.size;
    this.#apply(judgePass(this.origin, report, shownSize, this.#options.limits));
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
    return evidence.map((item) => state.recordEvidence(item, now()).record);
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
