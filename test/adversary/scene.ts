/**
 * One lie on the stage: its log, its witness, who watches them, and what a lie needs to do and to wait
 * for. Waits have no limits of their own: how long it took is judged by `play.ts`.
 */
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { isNoVerdict, type OfferAnswer } from '#test/support/face.ts';
import type { Lie } from './lie.ts';
import type { Liar, Stage, StagedLog, Watchman } from './stage.ts';
import { slugOf } from './stage.ts';
import { until } from './until.ts';
import type { SeenAlert } from './watch.ts';

export type WitnessName = 'one' | 'two' | 'x' | 'y';

/** Size of the common beginning. */
export const COMMON = 20;
export const HONEST = ['one', 'two'] as const;

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

  /** Offers a face until there is an answer, which may be a refusal: or that another is owed first. */
  async tell(face: string, name: WitnessName): Promise<void> {
    await until(
      async () => {
        const answer = await this.offer(face, name);
        const isOwed = answer.kind === 'refused' && answer.code === 'comparison-owed';
        return isOwed || !isNoVerdict(answer);
      },
      { what: `${name} to answer to ${face}` },
    );
  }

  /** Has witnesses cosign a face, which they do as soon as they have compared it. */
  async cosign(face: string, ...names: WitnessName[]): Promise<void> {
    for (const name of names) {
      let last: OfferAnswer | undefined;
      await until(
        async () => {
          last = await this.offer(face, name);
          if (last.kind === 'refused' && !isNoVerdict(last)) {
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

  /** Alerts about whatever it is, as far as they are about our log or about none. */
  alertsAbout(about: string): SeenAlert[] {
    const { alerts } = this.monitor.view.last;
    return alerts.filter(
      ({ subject, origin = '' }) => subject === about && ['', this.origin].includes(origin),
    );
  }

  /** Evidence about this log that the monitor holds; about others, if its witness is the liar. */
  evidence() {
    const { evidence } = this.monitor.view.last;
    if (!this.#isOfWitness) return evidence.filter(({ origin }) => origin === this.origin);
    return evidence.filter(({ accused }) => this.witness.vkeys.includes(accused));
  }

  /** Evidence against anybody who has not lied, in a place where only witnesses do. */
  framed() {
    const liars = [...this.stage.liarsByName.values()].flatMap(({ vkeys }) => vkeys);
    return this.monitor.view.last.evidence.filter(({ accused }) => !liars.includes(accused));
  }

  view(name: 'one' | 'two') {
    return this.stage.views[name].last;
  }
}
