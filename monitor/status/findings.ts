/**
 * What is wrong, grouped by whom it concerns: one finding for each, however many alerts it gave. Pure.
 *
 * A proven contradiction of a log takes in all that is said of that log, as everything else follows from
 * it, with the witnesses that are accused along with it. The proven come first, then the monitor's own
 * trouble, since it may hide the rest, then the gravest; what somebody has taken over comes last.
 */
import { listed } from '#service/page/parts.ts';
import type { Alert } from '../alerts/alert-table.ts';
import { ALERT_KINDS, type AlertKind } from '../judge/alert-kinds.ts';
import { MONITOR_KINDS } from '../judge/kinds/monitor-kinds.ts';
import { isConvicted } from './rows.ts';
import type { Status } from './status.ts';

export interface Concern {
  readonly role: 'log' | 'witness' | 'quorum' | 'monitor';
  /** Empty for a role of which there is only one. */
  readonly name: string;
}

export interface Finding {
  readonly concern: Concern;
  /** Signatures prove it to anybody. */
  readonly isProven: boolean;
  readonly isCritical: boolean;
  /** Somebody takes care of all of it, or wants to hear nothing of it for a time. */
  readonly isQuiet: boolean;
  readonly title: string;
  readonly meaning: string;
  /** What to do first. */
  readonly step: string;
  readonly detail: string;
  /** The alert that it is named after; absent for trouble of the monitor itself, which has none. */
  readonly lead?: Alert;
  /** The others about the same, the gravest first. */
  readonly others: readonly Alert[];
  /** Whom signatures convict, by role and name. */
  readonly accused: readonly Concern[];
  /** Ids. */
  readonly evidence: readonly string[];
}

export function findingsOf(status: Status): Finding[] {
  const groups = Map.groupBy(status.alerts, (alert) => keyOf(concernOf(alert, status)));
  const found = [...groups.values()].map((alerts) => findingOf(alerts, status));
  const own = status.problems.length === 0 ? [] : [ownTrouble(status.problems)];
  return [...own, ...mergeAlike(found)].sort(
    (a, b) => rank(a) - rank(b) || sinceMs(a) - sinceMs(b),
  );
}

function rank({ concern, isProven, isCritical, isQuiet, lead }: Finding): number {
  if (isQuiet) return 9;
  if (isProven) return 0;
  if (lead === undefined) return 1;
  return (isCritical ? 2 : 3) + (concern.role === 'monitor' ? 0.5 : 0);
}

function sinceMs({ lead }: Finding): number {
  return lead?.raisedAtMs ?? 0;
}

function ownTrouble(problems: readonly string[]): Finding {
  return {
    concern: { role: 'monitor', name: '' },
    isProven: false,
    isCritical: true,
    isQuiet: false,
    title: 'The monitor itself is in trouble',
    meaning:
      'What it finds may not be kept, or not be told to anybody, so this page may say too little.',
    step: 'Put right what is named below; until then look here, as no message may come.',
    detail: problems.join(' '),
    others: [],
    accused: [],
    evidence: [],
  };
}

function keyOf({ role, name }: Concern): string {
  return JSON.stringify([role, name]);
}

const QUORUM: Concern = { role: 'quorum', name: '' };
const AWAY: readonly AlertKind[] = ['witness-down', 'witness-error'];

function isQuorumMissing(status: Status): boolean {
  return status.alerts.some(
    ({ kind, origin }) => kind === 'quorum-missing' && !isConvicted(status, origin),
  );
}

/** Several witnesses with the same one trouble are one finding. */
function mergeAlike(findings: readonly Finding[]): Finding[] {
  const isAlone = ({ concern, isProven, isQuiet, others }: Finding) =>
    concern.role === 'witness' && !isProven && !isQuiet && others.length === 0;
  const alike = Map.groupBy(findings.filter(isAlone), ({ lead }) => lead!.kind);
  const merged = [...alike.values()].map(([first, ...rest]): Finding => {
    const names = [first!, ...rest].map(({ concern }) => concern.name);
    const others = rest.map(({ lead }) => lead!);
    return { ...first!, concern: { role: 'witness', name: listed(names) }, others };
  });
  return [...findings.filter((finding) => !isAlone(finding)), ...merged];
}

/** Whom an alert is about. */
function concernOf({ kind, origin, subject }: Alert, status: Status): Concern {
  if (origin !== '' && isConvicted(status, origin)) return { role: 'log', name: origin };
  if (Object.hasOwn(MONITOR_KINDS, kind)) return { role: 'monitor', name: '' };
  if (kind === 'quorum-missing') return QUORUM;
  // Witnesses that are away are why there is none.
  if (AWAY.includes(kind) && isQuorumMissing(status)) return QUORUM;
  if (isAboutWitness(kind)) return { role: 'witness', name: subject };
  return origin === '' ? { role: 'monitor', name: '' } : { role: 'log', name: origin };
}

/** All kinds that begin so have the witness as their subject. */
function isAboutWitness(kind: AlertKind): boolean {
  return kind.startsWith('witness-');
}

const KINDS = Object.keys(ALERT_KINDS);

function gravity({ kind, severity }: Alert): number {
  if (kind === 'log-contradiction') return 0;
  if (kind === 'witness-misbehaviour') return 1;
  if (ALERT_KINDS[kind].permanent) return 2;
  return severity === 'critical' ? 3 : 4;
}

function findingOf(alerts: readonly Alert[], status: Status): Finding {
  const sorted = alerts.toSorted(
    (a, b) => gravity(a) - gravity(b) || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind),
  );
  const [lead, ...others] = sorted as [Alert, ...Alert[]];
  const { title, meaning, step } = ALERT_KINDS[lead.kind];
  const accused = sorted.filter(({ kind }) => isConviction(kind));
  return {
    concern: concernOf(lead, status),
    isProven: accused.length > 0,
    isCritical: lead.severity === 'critical',
    isQuiet: sorted.every(isTakenCareOf),
    title,
    meaning,
    step,
    detail: lead.detail,
    lead,
    others,
    accused: accused.map(accusedOf),
    evidence: [...new Set(sorted.flatMap(({ evidence }) => evidence))],
  };
}

function isTakenCareOf({ acknowledged, silencedUntilMs }: Alert): boolean {
  return acknowledged !== undefined || silencedUntilMs !== undefined;
}

function isConviction(kind: AlertKind): boolean {
  return kind === 'log-contradiction' || kind === 'witness-misbehaviour';
}

function accusedOf({ kind, origin, subject }: Alert): Concern {
  return kind === 'log-contradiction'
    ? { role: 'log', name: origin }
    : { role: 'witness', name: subject };
}
