/**
 * One lie on the stage: its log, its witness, who watches them, and what a lie needs to do and to wait
 * for. Waits have no limits of their own: how long it took is judged by `play.ts`.
 */
import { checkLog, type LogProblemKind } from '#client/check-log.ts';
import { get, send } from '#client/http.ts';
import { HttpTileSource } from '#client/tile-source.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import {
  type EvidenceVerdict,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { openWithPolicy, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import type { OfferAnswer } from '#test/support/face.ts';
import type { Alert } from '#test/support/network.ts';
import { until } from '#test/support/wait.ts';
import type { Lie } from './lie.ts';
import type { Liar, Stage, StagedLog, Watchman } from './stage.ts';
import { slugOf } from './stage.ts';
import type { SeenAlert } from './watch.ts';

export type WitnessName = 'one' | 'two' | 'x' | 'y';

/** Size of the common beginning. */
export const COMMON = 20;
const HONEST = ['one', 'two'] as const;

export class Scene {
  readonly stage: Stage;
  readonly lie: Lie;
  /** Of the lie; in the market, for a witness, the honest one. */
  readonly staged: StagedLog;
  /** Of the lie in the market; else the accomplice. */
  readonly witness: Liar;
  readonly monitor: Watchman;
  /** When `sees` was noticed, by whom and what. */
  readonly sightings = new Map<string, number>();
  /** What a lie has made, for what has to hold afterwards. */
  readonly notes = new Map<string, string>();
  /** When it was last told something false; Unix milliseconds. */
  startedMs = 0;

  constructor(stage: Stage, lie: Lie) {
    this.stage = stage;
    this.lie = lie;
    this.staged = stage.logs.get(lie.name) ?? stage.log('the market');
    this.witness = stage.liarsByName.get(slugOf(lie.name)) ?? stage.liarsByName.get('x')!;
    this.monitor = stage.monitors.get(lie.place ?? 'town')!;
  }

  get log() {
    return this.staged.remote;
  }

  /** Over which the log is reached, if the lie asks for one. */
  get link() {
    return this.stage.liars.link(slugOf(this.lie.name));
  }

  get origin(): string {
    return this.staged.origin;
  }

  get policy(): Policy {
    return parsePolicy(this.monitor.policy);
  }

  /** Where the witness takes checkpoints. */
  readonly urlOf = (name: WitnessName): string => {
    if (name === 'one' || name === 'two') return this.stage.witnesses[name].url;
    return this.stage.liarsByName.get(name)!.url;
  };

  /** The lie begins: what was seen before does not count. */
  begin(): void {
    this.startedMs = Date.now();
  }

  /** Whoever is asked by the lie itself has noticed it. */
  notice(by: string, sees: string): void {
    this.sightings.set(`${by} ${sees}`, Date.now());
  }

  /** A tree that is cosigned by all, published, and checked. */
  async common(size = COMMON): Promise<void> {
    await this.log.append(size, 'a');
    await this.cosign('a', ...this.#everybody());
    await this.verified(size);
  }

  #everybody(): WitnessName[] {
    return this.lie.place === 'harbour' ? ['one', 'x', 'y'] : ['one', 'two', 'x'];
  }

  async offer(face: string, name: WitnessName): Promise<OfferAnswer> {
    return await this.log.offer(face, this.urlOf(name));
  }

  /** Has witnesses cosign a face, which they do as soon as they have compared it. */
  async cosign(face: string, ...names: WitnessName[]): Promise<void> {
    for (const name of names) {
      let last: OfferAnswer | undefined;
      await until(
        async () => {
          last = await this.offer(face, name);
          if (last.kind === 'refused' && last.status !== 503 && last.code !== 'away') {
            throw new Error(`${name} refuses ${face}: ${JSON.stringify(last)}`);
          }
          return last.kind === 'cosigned';
        },
        { what: `${name} to cosign ${face}` },
      );
    }
  }

  /** Has a witness refuse a checkpoint, as soon as it answers. */
  async refused(name: WitnessName, checkpoint: string, status: number, code: string) {
    const expected = JSON.stringify({ kind: 'refused', status, code });
    await until(
      async () => {
        const answer = await this.log.offer('a', this.urlOf(name), checkpoint);
        return JSON.stringify(answer) === expected;
      },
      { what: `${name} to answer ${expected}` },
    );
  }

  async grow(count: number, face: string, ...names: WitnessName[]): Promise<void> {
    await this.log.append(count, face);
    await this.cosign(face, ...names);
  }

  /** Until the monitor has checked every entry up to a size. */
  async verified(size: number): Promise<void> {
    await until(() => this.#watched().some((log) => log.verified_size >= size), {
      what: `${this.origin} verified up to ${size}`,
    });
  }

  /** Until the monitor has seen the log's own checkpoint at a size. */
  async published(size: number): Promise<void> {
    await until(() => this.#watched().some((log) => log.size === size), {
      what: `${this.origin} seen at ${size}`,
    });
  }

  #watched() {
    return this.monitor.view.last.logs.filter(({ origin }) => origin === this.origin);
  }

  /** Until the monitor has seen a witness at a size. */
  async seenAt(name: string, size: number): Promise<void> {
    await until(
      () => {
        const witness = this.monitor.view.last.witnesses.find((one) => one.name === name);
        const shown = witness?.logs.find(({ origin }) => origin === this.origin);
        return shown?.size === size;
      },
      { what: `${name} seen at ${size} of ${this.origin}` },
    );
  }

  /** Alerts about this log, or about the witness of the lie. */
  alerts(): SeenAlert[] {
    const { name } = this.witness;
    const own = [name, `${name}-ed`, `${name}-pq`];
    // It has never cosigned the logs of others, which is true, and another matter.
    const isOfOurLog = (origin = '') => origin === '' || origin === this.origin;
    const isOurs = ({ origin, subject = '' }: SeenAlert) =>
      this.#isOfWitness
        ? own.includes(subject) && isOfOurLog(origin)
        : origin === this.origin && !this.#isAboutOtherLiar(subject);
    return this.monitor.view.last.alerts.filter(isOurs);
  }

  /** The witnesses of the market lie about all of its logs. */
  #isAboutOtherLiar(subject: string): boolean {
    const liar = this.stage.liarsByName.get(subject.replace(/-(ed|pq)$/, ''));
    return liar !== undefined && liar !== this.witness;
  }

  get #isOfWitness(): boolean {
    return !this.stage.logs.has(this.lie.name);
  }

  /** Everything that the monitor was ever alarmed by, about whatever. */
  allAlerts(): readonly SeenAlert[] {
    return this.monitor.view.last.alerts;
  }

  async untilAlert(kind: string): Promise<Alert> {
    return await until(() => this.alerts().find((alert) => alert.kind === kind), {
      what: `${kind} about ${this.origin}`,
    });
  }

  /** Evidence about this log that the monitor holds; about others, if its witness is the liar. */
  evidence() {
    const { evidence } = this.monitor.view.last;
    if (!this.#isOfWitness) return evidence.filter(({ origin }) => origin === this.origin);
    return evidence.filter(({ accused }) => this.witness.vkeys.includes(accused));
  }

  /** A piece of it, fetched and judged as a stranger would. */
  async judged(id: string): Promise<EvidenceVerdict> {
    const bytes = await get(`${this.monitor.url}/evidence/${id}`, { timeoutMs: 60_000 });
    return verifyEvidence(parseEvidence(bytes));
  }

  /** What somebody finds who reads the whole log from his own address, with the policy at hand. */
  async read(): Promise<LogProblemKind[]> {
    const source = new HttpTileSource(this.staged.url('reader'), { timeoutMs: 60_000 });
    const types = entryTypes(['tecp-receipt']);
    const report = await checkLog(source, { policy: this.policy, entryTypes: types });
    return report.problems.map(({ kind }) => kind);
  }

  /** Hands a checkpoint in to the monitor, as anybody may; the status, and the verdict or the code. */
  async gossip(note: string): Promise<{ status: number; says: string }> {
    const url = `${this.monitor.url}/v1/gossip/checkpoint`;
    const answer = await send(url, { method: 'POST', body: note }, { timeoutMs: 60_000 });
    const { verdict, code } = JSON.parse(decodeUtf8(answer.body)) as Record<string, string>;
    return { status: answer.status, says: String(verdict ?? code) };
  }

  /** Whether a quorum of the policy stands behind a note. */
  isAccepted(note: string): boolean {
    return openWithPolicy(note, this.policy).quorumMet;
  }

  get honest(): readonly ('one' | 'two')[] {
    return HONEST;
  }

  view(name: 'one' | 'two') {
    return this.stage.views[name].last;
  }
}
