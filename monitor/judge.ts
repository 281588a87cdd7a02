/**
 * From observations to judgements. Pure: no clock, no I/O, no memory.
 *
 * A judgement says that one thing is bad or good now; about what it cannot tell, it says nothing,
 * so an alert neither rises nor ends on missing knowledge. How long something must have been bad
 * before it is an alert is part of the judgement, and `Grace` keeps the time.
 */
import {
  isQuorumMet,
  NO_QUORUM,
  type Policy,
  type PolicyWitness,
} from '#protocol/policy/policy.ts';
import type { AlertKind } from './alert-kinds.ts';
import type { WalkReport } from './follow.ts';
import type { PassReport, Undecided } from './ledger.ts';
import type { Failure } from './polled.ts';
import type { View } from './view.ts';
import type { Shown } from './witnesses.ts';

export interface Judgement {
  readonly kind: AlertKind;
  /** The log that it is about; empty for what concerns all of them. */
  readonly origin: string;
  /** A witness or a part of the log; with kind and origin, what makes it one and the same alert. */
  readonly subject: string;
  readonly state: 'bad' | 'good';
  readonly detail: string;
  /** How long it must have been bad; 0: at once. */
  readonly afterMs: number;
  /** Ids. */
  readonly evidence?: readonly string[];
}

export interface Limits {
  readonly staleCheckpointMs: number;
  readonly staleWitnessMs: number;
  readonly downLogMs: number;
  readonly downWitnessMs: number;
  readonly graceMs: number;
}

/** Fewer failures in a row say nothing: one lost request is no outage. */
const MIN_FAILURES = 3;
/** By how much a cosignature may be ahead of our clock. */
const MAX_CLOCK_SKEW_MS = 600_000;

export interface LogObservation {
  readonly origin: string;
  readonly asked: boolean;
  readonly view?: View | undefined;
  readonly failure?: Failure | undefined;
}

/** On what the log shows as its checkpoint: reachable, valid, cosigned, fresh. */
export function judgeLog(log: LogObservation, policy: Policy, limits: Limits, nowMs: number) {
  if (!log.asked) return [];
  const about = judgementsAbout(log.origin);
  const { failure, view } = log;
  const judgements: Judgement[] = [];
  const isDown = failure?.kind === 'unavailable';
  const add = (judgement: Judgement) => judgements.push(judgement);
  if (!isDown) add(about.good('log-down', 'checkpoint'));
  else if (failure.count >= MIN_FAILURES) {
    add(about.bad('log-down', 'checkpoint', failure.detail, limits.downLogMs));
  }
  if (failure?.kind === 'invalid') add(about.bad('checkpoint-invalid', '', failure.detail, 0));
  if (failure === undefined) add(about.good('checkpoint-invalid', ''));
  if (view === undefined) return judgements;
  if (view.quorumMet) add(about.good('quorum-missing', 'checkpoint'));
  else add(about.bad('quorum-missing', 'checkpoint', cosignersOf(view), limits.graceMs));
  if (policy.quorum === NO_QUORUM || !view.quorumMet) return judgements;
  const stale = staleness(view.quorumTimeSeconds!, limits.staleCheckpointMs, nowMs);
  if (stale === undefined) add(about.good('checkpoint-stale', ''));
  else
    add(
      about.bad('checkpoint-stale', '', `The quorum's cosignatures are ${stale}.`, limits.graceMs),
    );
  return judgements;
}

function cosignersOf({ checkpoint, cosignatures }: View): string {
  const names = cosignatures.map(({ witness }) => witness).join(', ') || 'nobody';
  return `The checkpoint of size ${checkpoint.size} is cosigned by ${names}, which is no quorum.`;
}

/** What is wrong with the age of a signed time, in words; undefined when nothing is. */
function staleness(timeSeconds: number, limitMs: number, nowMs: number): string | undefined {
  const ageMs = nowMs - timeSeconds * 1000;
  if (ageMs < -MAX_CLOCK_SKEW_MS) return `${duration(-ageMs)} in the future`;
  return ageMs > limitMs ? `${duration(ageMs)} old, ${duration(limitMs)} are allowed` : undefined;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
}

export interface EndpointObservation {
  readonly label: string;
  readonly witnesses: readonly PolicyWitness[];
  readonly asked: boolean;
  readonly failure?: Failure | undefined;
}

/** On whether a witness answers at all. */
export function judgeReach(endpoint: EndpointObservation, limits: Limits): Judgement[] {
  const { label, failure, asked } = endpoint;
  const about = judgementsAbout('');
  if (!asked) return [];
  if (failure === undefined) return [about.good('witness-down', label)];
  if (failure.count < MIN_FAILURES) return [];
  return [about.bad('witness-down', label, failure.detail, limits.downWitnessMs)];
}

/** On whether enough witnesses answer to make the quorum. */
export function judgeAvailableQuorum(
  endpoints: readonly EndpointObservation[],
  policy: Policy,
  limits: Limits,
): Judgement[] {
  if (policy.quorum === NO_QUORUM || endpoints.some(({ asked }) => !asked)) return [];
  const down = endpoints.filter(({ failure }) => failure !== undefined);
  const absent = new Set(down.flatMap(({ witnesses }) => witnesses.map(({ name }) => name)));
  const names = policy.witnesses.map(({ name }) => name).filter((name) => !absent.has(name));
  const about = judgementsAbout('');
  if (isQuorumMet(policy, new Set(names))) return [about.good('quorum-missing', 'witnesses')];
  const detail = `Without ${down.map(({ label }) => label).join(', ')} there is no quorum.`;
  return [about.bad('quorum-missing', 'witnesses', detail, limits.downWitnessMs)];
}

export interface ShownObservation {
  readonly origin: string;
  readonly label: string;
  readonly witnesses: readonly PolicyWitness[];
  readonly shown?: Shown | undefined;
  readonly failure?: Failure | undefined;
}

/** On what a witness shows of one log: valid, and cosigned lately by each of its keys. */
export function judgeShown(observation: ShownObservation, limits: Limits, nowMs: number) {
  const { origin, label, shown, failure } = observation;
  const about = judgementsAbout(origin);
  const judgements: Judgement[] = [];
  if (failure?.kind === 'invalid') {
    judgements.push(about.bad('witness-invalid', label, failure.detail, limits.graceMs));
  }
  if (failure === undefined && shown !== undefined) {
    judgements.push(about.good('witness-invalid', label));
  }
  if (shown === undefined) return judgements;
  const stale = staleKeys(observation.witnesses, shown, limits, nowMs);
  if (stale === undefined) judgements.push(about.good('witness-stale', label));
  else judgements.push(about.bad('witness-stale', label, stale.detail, stale.afterMs));
  return judgements;
}

/** What has never been cosigned has no time to judge by: then it is how long that has been so. */
function staleKeys(
  witnesses: readonly PolicyWitness[],
  shown: Shown,
  limits: Limits,
  nowMs: number,
) {
  const limitMs = limits.staleWitnessMs;
  if (shown === 'absent') {
    return { detail: 'It has not cosigned this log.', afterMs: limitMs + limits.graceMs };
  }
  const times = new Map(shown.cosignatures.map((c) => [c.witness, c.timeSeconds]));
  const missing = witnesses.filter(({ name }) => !times.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const detail = `Its checkpoint is not cosigned by ${missing.join(', ')}.`;
    return { detail, afterMs: limitMs + limits.graceMs };
  }
  const oldest = Math.min(...witnesses.map(({ name }) => times.get(name)!));
  const stale = staleness(oldest, limitMs, nowMs);
  if (stale === undefined) return undefined;
  const { size } = shown.checkpoint;
  return { detail: `Its cosignature on size ${size} is ${stale}.`, afterMs: limits.graceMs };
}

/** On a walk through the entries. Invalid entries are judged apart: they stay. */
export function judgeWalk(origin: string, { problems }: WalkReport, limits: Limits): Judgement[] {
  const about = judgementsAbout(origin);
  const of = (...kinds: string[]) =>
    problems
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ where, detail }) => `${where}: ${detail}`)
      .join('; ');
  const outage = of('unavailable');
  const [tiles, root] = [of('tile', 'bundle'), of('root', 'checkpoint')];
  const judgements: Judgement[] = [];
  if (outage !== '') judgements.push(about.bad('log-down', 'files', outage, limits.downLogMs));
  else judgements.push(about.good('log-down', 'files'));
  if (tiles !== '') judgements.push(about.bad('tile-mismatch', '', tiles, 0));
  if (root !== '') judgements.push(about.bad('root-mismatch', '', root, 0));
  if (problems.length > 0) return judgements;
  return [...judgements, about.good('tile-mismatch', ''), about.good('root-mismatch', '')];
}

/**
 * On comparisons that no tiles on offer decide. Up to the size that the log shows it can always
 * prove itself. What a witness cosigned beyond that may lack only its quorum: it gets the time that
 * a checkpoint may take.
 */
export function judgePass(
  origin: string,
  { undecided, interrupted }: PassReport,
  shownSize: number | undefined,
  limits: Limits,
): Judgement[] {
  if (interrupted || shownSize === undefined) return [];
  const about = judgementsAbout(origin);
  const judged = (subject: string, cases: readonly Undecided[], afterMs: number) => {
    if (cases.length === 0) return about.good('consistency-unproven', subject);
    const words = cases.slice(0, 3).map(({ sizes, reason }) => `${sizes.join(' and ')}: ${reason}`);
    return about.bad('consistency-unproven', subject, `Sizes ${words.join('; ')}`, afterMs);
  };
  const [beyond, within] = partition(undecided, ({ sizes }) => Math.max(...sizes) > shownSize);
  return [
    judged('', within, limits.graceMs),
    judged('unpublished', beyond, limits.staleCheckpointMs),
  ];
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function judgementsAbout(origin: string) {
  return {
    good: (kind: AlertKind, subject: string): Judgement => {
      return { kind, origin, subject, state: 'good', detail: '', afterMs: 0 };
    },
    bad: (kind: AlertKind, subject: string, detail: string, afterMs: number): Judgement => {
      return { kind, origin, subject, state: 'bad', detail, afterMs };
    },
  };
}
