/**
 * How people are told a verdict, on a command line and on a page: one headline, the reasons, the facts. Text from
 * outside is made safe to show in one line.
 */

import type { EvidenceVerdict } from '../evidence/evidence.ts';
import { printable } from '../printable.ts';
import type { Finding, Judged, Word } from './judge.ts';

export type VerdictTone = 'good' | 'warning' | 'bad';

export interface VerdictWords {
  readonly text: string;
  readonly tone: VerdictTone;
}

export const VERDICT_WORDS: Readonly<Record<Word, VerdictWords>> = {
  INVALID: { text: 'INVALID', tone: 'bad' },
  SIGNED: { text: 'SIGNED, not shown to be logged', tone: 'warning' },
  VALID: { text: 'VALID', tone: 'good' },
};

/** How evidence is told, and what whoever signed it is called. */
export const EVIDENCE_WORDS = {
  proof: { title: 'PROVEN', tone: 'bad', signer: 'accused' },
  breach: { title: 'BREACH', tone: 'bad', signer: 'accused' },
  anomaly: { title: 'ANOMALY', tone: 'warning', signer: 'signer' },
  nothing: { title: 'NOT PROVEN', tone: 'strong', signer: 'accused' },
} as const;

export function evidenceWord({ proven, standing }: EvidenceVerdict): keyof typeof EVIDENCE_WORDS {
  return proven && standing !== undefined ? standing : 'nothing';
}

/** One name and its value; there is nothing to tell where the value is undefined. */
export type Fact = readonly [name: string, value: string | undefined];

/** `pin` says of the issuer's key whether it was expected. */
export function verdictFacts(judged: Judged, pin: string): Fact[] {
  const { issuer, code_ref: code, ts, policy_ids: policies, origin, index, witnesses } = judged;
  const isLogged = origin !== undefined;
  const names = witnesses?.join(', ') || 'nobody';
  return [
    ['type', issuer === undefined ? judged.type : undefined],
    ['issuer', issuer && `${issuer} ${pin}`],
    ['code', code && printable(code)],
    ['made', ts === undefined ? undefined : formatTime(ts)],
    ['policies', policies && (policies.join(', ') || 'none')],
    ['leaf hash', issuer === undefined ? judged.leaf_hash : undefined],
    ['log', isLogged ? printable(origin) : undefined],
    ['entry', isLogged ? `index ${index} in a tree of ${judged.tree_size}` : undefined],
    ['logged', describeLoggedTime(judged)],
    ['quorum', isLogged ? `${quorumState(judged)}: ${names}` : undefined],
  ];
}

/** Witnesses count whole seconds, so it was logged within this one: an instant would look too early. */
function describeLoggedTime({ logged_at: loggedAt }: Judged): string | undefined {
  if (loggedAt === undefined) return undefined;
  return `during ${formatTime(loggedAt).replace(/\.000Z$/, 'Z')}, or before`;
}

function quorumState({ errors }: Judged): string {
  const isUnmet = errors.some(({ code }) => code === 'E-LOG-003');
  return isUnmet ? 'NOT met, cosigned by' : 'met, cosigned by';
}

/** `E-TS-003 ts: too long before the logged time`, for the middle of a sentence. */
export function describeEntryError(error: FindingText): string {
  return `${error.code} ${describeFinding(error)}`;
}

type FindingText = Omit<Finding, 'field'> & { readonly field?: string | undefined };

/** The same without its code; messages about form name their member themselves. */
export function describeFinding({ field, message }: Omit<FindingText, 'code'>): string {
  const isNamed = field === undefined || message.startsWith(`${field}: `);
  return isNamed ? message : `${field}: ${message}`;
}

/** `2026-01-31T12:00:00.000Z`, or the number itself when it is beyond what a date can be. */
export function formatTime(unixMs: number): string {
  const date = new Date(unixMs);
  return Number.isNaN(date.getTime()) ? `${unixMs} ms` : date.toISOString();
}
