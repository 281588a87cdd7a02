/**
 * All that was signed about one log, by whomever shown: taken in, compared, and told of when it
 * contradicts. What is proven and the alerts about it are durable together.
 */
import type { TileSource } from '#client/tile-source.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from '#service/errors.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Alerts } from '../alerts/alerts.ts';
import { isBreach } from '../judge/breach.ts';
import { judgeDisagreement, judgeEvidence, judgeForward } from '../judge/conviction.ts';
import type { Judgement, Limits } from '../judge/judgement.ts';
import type { Contradiction, OwedComparison, Standing } from '../judge/observations.ts';
import { openView, type View } from '../statements/view.ts';
import type { MonitorState } from '../store/state.ts';
import type { Outcome } from './comparisons.ts';
import { CosignedMemory } from './cosigned.ts';
import { Ledger } from './ledger.ts';
import { HANDED_IN, KEPT, SeenNotes } from './seen.ts';

export interface TestimonyOptions {
  readonly origin: string;
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  readonly limits: Limits;
  readonly state: MonitorState;
  readonly alerts: Alerts;
  readonly now: () => number;
}

/**
 * For this long comparisons that were owed before a restart are tried before they are an alert: while
 * the monitor was away nobody asked, and half a minute is an outage that an honest log may have.
 */
const RESTART_GRACE_MS = 35_000;
/** Between two rounds of comparisons while the log owes any. */
const RETRY_PAUSE_MS = 1000;

/** What a checkpoint that was handed in turned out to be, and the evidence that is held now. */
export interface HandedIn {
  readonly outcome: Outcome;
  readonly evidence: readonly string[];
}

export class Testimony {
  readonly #options: TestimonyOptions;
  readonly #ledger: Ledger;
  readonly #cosigned: CosignedMemory;
  readonly #seen = new SeenNotes();
  /** Views whose cosignatures are remembered: an unchanged note is the same view again. */
  readonly #remembered = new WeakSet<View>();
  /** Owned by `#recordFound`: contradictions whose alerts are not durable yet. */
  #unrecorded: readonly Contradiction[] = [];
  // Owned by `compare`.
  #compareNotBeforeMs = 0;
  #hasCompared = false;

  constructor(options: TestimonyOptions) {
    const { origin, policy, state, now } = options;
    this.#options = options;
    const keys = [...policy.logs.filter(({ key }) => key.name === origin), ...policy.witnesses];
    this.#ledger = new Ledger({ origin, keys: keys.map(({ key }) => key), state, now });
    this.#cosigned = new CosignedMemory(origin, state);
  }

  /** Takes up where the database says. Throws `ConfigError` if that is about another log. */
  load(confirmedNote: string | undefined): void {
    const { origin, policy, state } = this.#options;
    if (confirmedNote !== undefined) {
      this.#ledger.confirm(openStored(confirmedNote, origin, policy));
    }
    for (const { note, firstSeenMs } of state.statements(origin)) {
      this.#ledger.add(openStored(note, origin, policy), this.#ageOf(firstSeenMs));
      this.#seen.add(note, KEPT, firstSeenMs);
    }
  }

  /** For how long a saved statement has been owed: a restart adds a little time, and no more. */
  #ageOf(firstSeenMs: number): number {
    const { limits, now } = this.#options;
    return Math.max(0, Math.min(now() - firstSeenMs, limits.owedMs - RESTART_GRACE_MS));
  }

  /** Takes in what was shown of this log at a URL. Costs nothing when it was shown before. */
  observe(view: View, where: string): void {
    if (this.#remembered.has(view) && this.#ledger.knows(view)) return;
    this.#seen.add(view.note, where, this.#options.now());
    this.#options.alerts.commit(() => {
      this.#ledger.add(view);
      return this.#judgeCosigned(view);
    });
    this.#remembered.add(view);
  }

  /**
   * Judges what somebody saw somewhere: at once by the tiles of `source`, if there is one, or else later.
   * What is shown to fit is not kept.
   */
  async handIn(
    view: View,
    source: TileSource | undefined,
    verifiedSize: number,
  ): Promise<HandedIn> {
    this.#seen.add(view.note, HANDED_IN, this.#options.now());
    const standing = this.#ledger.standing(view.text);
    const outcome = standing === 'pending' ? await this.#compareNow(view, source) : standing;
    const isSettled = outcome === 'agrees' || outcome === 'consistent';
    if (isSettled && view.checkpoint.size <= verifiedSize) {
      this.#options.alerts.commit(() => this.#judgeCosigned(view));
    } else this.observe(view, HANDED_IN);
    this.#recordFound(this.#ledger.take());
    if (isSettled) return { outcome: 'consistent', evidence: [] };
    if (typeof outcome === 'object') return { outcome, evidence: [] };
    return { outcome: 'contradiction', evidence: this.#options.state.proofs(this.#options.origin) };
  }

  async #compareNow(view: View, source: TileSource | undefined): Promise<Outcome> {
    if (source !== undefined) return await this.#ledger.compareNow(view, source);
    return { undecided: 'too many are being compared at the moment' };
  }

  standing(view: View): Standing {
    return this.#ledger.standing(view.text);
  }

  /** The view whose tree the entries have been shown to make. */
  confirm(view: View): void {
    this.#ledger.confirm(view);
  }

  /** Compares all statements that are not settled, and raises what contradicts. */
  async compare(source: TileSource): Promise<void> {
    if (monotonicMs() < this.#compareNotBeforeMs) return;
    this.#recordFound(await this.#ledger.pass(source));
    this.#ledger.forgetRefuted();
    this.#hasCompared = true;
    const isOwed = this.#ledger.owed().length > 0;
    this.#compareNotBeforeMs = isOwed ? monotonicMs() + RETRY_PAUSE_MS : 0;
  }

  /** Statements that are not settled. */
  get pending(): number {
    return this.#ledger.pending;
  }

  owed(): OwedComparison[] {
    return this.#ledger.owed();
  }

  /** What is not owed by then has been shown, and not only not been looked at since a restart. */
  get hasCompared(): boolean {
    return this.#hasCompared;
  }

  /** Stores evidence that was listed at a URL, with the alerts that it proves. */
  recordEvidence(evidence: Evidence, where: string): void {
    if (evidence.kind === 'invalid-entry' && !isBreach(evidence, this.#options.entryTypes)) return;
    const notes = 'second' in evidence ? [evidence.first, evidence.second] : [evidence.first];
    for (const note of notes) this.#seen.add(note, where, this.#options.now());
    this.#options.alerts.commit(() => this.#store([evidence]).map((record) => this.#judge(record)));
  }

  #judgeCosigned(view: View): Judgement[] {
    const { origin, policy } = this.#options;
    const { evidence, forward } = this.#cosigned.add(view);
    return [
      ...forward.map((key) => judgeForward(origin, key, policy)),
      ...this.#store(evidence).map((record) => this.#judge(record)),
    ];
  }

  #recordFound(found: readonly Contradiction[]): void {
    this.#unrecorded = [...this.#unrecorded, ...found];
    for (const contradiction of this.#unrecorded) this.#record(contradiction);
    this.#unrecorded = [];
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
    return evidence.map((item) => state.evidence.add(item, now(), this.#seen.of(item)).record);
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
