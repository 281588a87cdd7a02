/** On one log: what it shows as its checkpoint, what a walk through its entries finds, and how fast. */
import { NO_QUORUM, type Policy } from '#protocol/policy/policy.ts';
import type { View } from '../statements/view.ts';
import {
  duration,
  type Judgement,
  judgementsAbout,
  type Limits,
  MIN_FAILURES,
  staleness,
} from './judgement.ts';
import type { Failure, Lag, Retreat, WalkProblem } from './observations.ts';

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
  const add = (judgement: Judgement) => judgements.push(judgement);
  if (failure === undefined || failure.kind === 'invalid')
    add(about.good('log-down', 'checkpoint'));
  else if (failure.count >= MIN_FAILURES) {
    add(about.bad('log-down', 'checkpoint', failure.detail, limits.downLogMs));
  }
  if (failure?.kind === 'invalid') add(about.bad('checkpoint-invalid', '', failure.detail, 0));
  if (failure === undefined) add(about.good('checkpoint-invalid', ''));
  if (view === undefined) return judgements;
  if (view.quorumMet) add(about.good('quorum-missing', 'checkpoint'));
  else add(about.bad('quorum-missing', 'checkpoint', cosignersOf(view), limits.graceMs));
  if (policy.quorum === NO_QUORUM || !view.quorumMet) return judgements;
  const stale = staleness(view.quorumTimeSeconds! * 1000, limits.staleCheckpointMs, nowMs);
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

const ENOUGH_LOOKS = 2;

/** On whether a log, or a witness, shows less than it showed. */
export function judgeRetreat(
  origin: string,
  subject: string,
  kind: 'log-went-back' | 'witness-went-back',
  retreat: Retreat | undefined,
): Judgement[] {
  if (retreat === undefined) return [];
  const { largest, shown, looks } = retreat;
  const about = judgementsAbout(origin);
  if (looks === 0) return [about.good(kind, subject)];
  if (looks < ENOUGH_LOOKS) return [];
  const now = shown === undefined ? 'no checkpoint' : `a checkpoint of size ${shown}`;
  if ((shown ?? 0) < largest) {
    return [about.bad(kind, subject, `It showed size ${largest} and now shows ${now}.`, 0)];
  }
  const [before, after] = [retreat.latestMs, retreat.shownMs].map((ms) =>
    new Date(ms!).toISOString(),
  );
  return [
    about.bad(kind, subject, `It showed that it cosigned at ${before}, and now at ${after}.`, 0),
  ];
}

/** On a walk through the entries. Invalid entries are judged apart: they stay. */
export function judgeWalk(
  origin: string,
  problems: readonly WalkProblem[],
  limits: Limits,
): Judgement[] {
  const about = judgementsAbout(origin);
  const of = (...kinds: WalkProblem['kind'][]) =>
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

/** On whether what the log publishes is checked in time, by whoever's fault it is not. */
export function judgeLag(
  origin: string,
  { owed, hasCaughtUp }: Lag,
  sizes: { readonly shown: number; readonly walked: number },
  limits: Limits,
  nowMs: number,
): Judgement[] {
  const about = judgementsAbout(origin);
  if (owed === undefined || nowMs - owed.sinceMs < limits.behindMs) {
    return hasCaughtUp ? [about.good('monitor-lag', '')] : [];
  }
  const { shown, walked } = sizes;
  const detail =
    `${shown - walked} of ${shown} entries are not read yet. Size ${owed.size}, published ` +
    `${duration(nowMs - owed.sinceMs)} ago, is not checked: what is wrong in it is not known.`;
  return [about.bad('monitor-lag', '', detail, 0)];
}

/** On entries that are invalid as the log serves them, and not yet shown to be in its tree. */
export function judgeSuspects(origin: string, suspects: readonly string[]): Judgement[] {
  const about = judgementsAbout(origin);
  if (suspects.length === 0) return [about.good('entry-suspected', '')];
  const detail = `Not shown to be in the signed tree yet: ${suspects.join('; ')}`;
  return [about.bad('entry-suspected', '', detail, 0)];
}
