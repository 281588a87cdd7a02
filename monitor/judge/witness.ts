/** On witnesses: whether they answer, what they show, and what they cosign. */
import {
  isQuorumMet,
  NO_QUORUM,
  type Policy,
  type PolicyWitness,
} from '#protocol/policy/policy.ts';
import type { View } from '../statements/view.ts';
import {
  type Judgement,
  judgementsAbout,
  type Limits,
  MIN_FAILURES,
  staleness,
} from './judgement.ts';
import { judgeRetreat } from './log.ts';
import type { Failure, Retreat, Shown, Standing } from './observations.ts';

export interface EndpointObservation {
  readonly label: string;
  readonly witnesses: readonly PolicyWitness[];
  readonly asked: boolean;
  /** Why it could not be reached. */
  readonly failure?: Failure | undefined;
  /** It answers, but with an error where it should show a checkpoint. */
  readonly refusal?: Failure | undefined;
  /** When all of its keys had last cosigned what a log publishes, Unix milliseconds. */
  readonly cosignedAtMs?: number | undefined;
}

/** On whether a witness answers at all. Who cosigns what a log publishes is not down. */
export function judgeReach(endpoint: EndpointObservation, limits: Limits, nowMs: number) {
  const { label, failure, asked } = endpoint;
  const about = judgementsAbout('');
  if (!asked) return [];
  if (failure === undefined || hasCosignedSince(endpoint, failure, nowMs)) {
    return [about.good('witness-down', label)];
  }
  if (failure.count < MIN_FAILURES) return [];
  return [about.bad('witness-down', label, failure.detail, limits.downWitnessMs)];
}

/** A time further ahead of our clock says nothing about now. */
const MAX_AHEAD_MS = 60_000;

function hasCosignedSince(
  { cosignedAtMs }: EndpointObservation,
  { forMs }: Failure,
  nowMs: number,
): boolean {
  if (cosignedAtMs === undefined) return false;
  const agoMs = nowMs - cosignedAtMs;
  return agoMs < forMs && agoMs > -MAX_AHEAD_MS;
}

/** On whether enough witnesses answer to make the quorum. */
export function judgeAvailableQuorum(
  endpoints: readonly EndpointObservation[],
  policy: Policy,
  limits: Limits,
  nowMs: number,
): Judgement[] {
  if (policy.quorum === NO_QUORUM || endpoints.some(({ asked }) => !asked)) return [];
  const down = endpoints.filter((endpoint) => {
    const failure = endpoint.failure ?? endpoint.refusal;
    return failure !== undefined && !hasCosignedSince(endpoint, failure, nowMs);
  });
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
  readonly retreat?: Retreat | undefined;
  /** How what it shows stands to the tree made of the entries. */
  readonly standing?: Standing | undefined;
  /** What the log publishes: its cosignatures count like those that the witness shows itself. */
  readonly published?: View | undefined;
}

/** On what a witness shows of one log: at all, valid, of the same tree, and cosigned lately. */
export function judgeShown(observation: ShownObservation, limits: Limits, nowMs: number) {
  const { origin, label, shown, failure, retreat, standing } = observation;
  const about = judgementsAbout(origin);
  const judgements: Judgement[] = [];
  const add = (judgement: Judgement) => judgements.push(judgement);
  if (failure?.kind === 'invalid') {
    add(about.bad('witness-invalid', label, failure.detail, limits.graceMs));
  }
  if (failure?.kind === 'refused' && failure.count >= MIN_FAILURES) {
    add(about.bad('witness-error', label, failure.detail, limits.downWitnessMs));
  }
  if (failure === undefined && shown !== undefined) {
    add(about.good('witness-invalid', label));
    add(about.good('witness-error', label));
    judgements.push(...judgeStanding(origin, label, shown, standing));
  }
  judgements.push(...judgeRetreat(origin, label, 'witness-went-back', retreat));
  return [...judgements, ...judgeStaleness(observation, limits, nowMs)];
}

function judgeStanding(
  origin: string,
  label: string,
  shown: Shown,
  standing: Standing | undefined,
): Judgement[] {
  const about = judgementsAbout(origin);
  if (standing === 'agrees') return [about.good('witness-other-tree', label)];
  if (standing !== 'contradicts' || shown === 'absent') return [];
  const { size } = shown.checkpoint;
  const detail = `What it shows at size ${size} is not of the tree that the log's entries make.`;
  return [about.bad('witness-other-tree', label, detail, 0)];
}

/** What has never been cosigned has no time to judge by: then it is how long that has been so. */
function judgeStaleness(
  { origin, label, witnesses, shown, published }: ShownObservation,
  limits: Limits,
  nowMs: number,
): Judgement[] {
  const about = judgementsAbout(origin);
  const views = [shown, published].filter((view) => view !== undefined && view !== 'absent');
  if (views.length === 0 && shown === undefined) return [];
  const all = views.flatMap(({ cosignatures }) => cosignatures);
  const latest = new Map<string, number>();
  for (const { witness, timeSeconds } of all) {
    latest.set(witness, Math.max(timeSeconds * 1000, latest.get(witness) ?? 0));
  }
  const missing = witnesses.filter(({ name }) => !latest.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    // Nothing is known of one that could not be asked, beyond what the log publishes.
    if (shown === undefined) return [];
    const isAll = missing.length === witnesses.length;
    const detail = isAll
      ? 'It has not cosigned this log.'
      : `Nothing that it shows is cosigned by ${missing.join(', ')}.`;
    return [about.bad('witness-stale', label, detail, limits.staleWitnessMs + limits.graceMs)];
  }
  const oldestMs = Math.min(...witnesses.map(({ name }) => latest.get(name)!));
  const stale = staleness(oldestMs, limits.staleWitnessMs, nowMs);
  if (stale === undefined) return [about.good('witness-stale', label)];
  return [about.bad('witness-stale', label, `Its last cosignature is ${stale}.`, limits.graceMs)];
}
