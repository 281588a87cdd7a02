/** How `tecp verify` tells people a verdict: one headline, the reasons, the facts, the warnings. */
import { describeEntryError, EXIT } from '#cli/lib/errors.ts';
import { inputName } from '#cli/lib/files.ts';
import { type Fact, formatFacts, formatTime, plural, printable } from '#cli/lib/print.ts';
import { paint, type Tone } from '#cli/lib/style.ts';
import type { HashChecks } from './hash-checks.ts';
import type { Judged, Word } from './judge.ts';

interface Headline {
  readonly text: string;
  readonly tone: Tone;
  readonly exitCode: number;
}

/** Of one receipt or of many, from the worst to the best: the worst gives the exit code. */
export const HEADLINES: Readonly<Record<Word | 'UNREADABLE', Headline>> = {
  INVALID: { text: 'INVALID', tone: 'bad', exitCode: EXIT.failed },
  UNREADABLE: { text: 'UNREADABLE', tone: 'bad', exitCode: EXIT.unusable },
  SIGNED: { text: 'SIGNED, not shown to be logged', tone: 'warning', exitCode: EXIT.weaker },
  VALID: { text: 'VALID', tone: 'good', exitCode: EXIT.ok },
};

export type Counts = Readonly<Record<keyof typeof HEADLINES, number>>;

export function formatVerdict(judged: Judged, checks: HashChecks): string {
  const { text, tone } = HEADLINES[judged.verdict];
  const bullets = (findings: Judged['warnings'], prefix: string) =>
    findings.map((finding) => `  ${prefix}${printable(describeEntryError(finding))}\n`).join('');
  return [
    `${paint(tone, text)}\n`,
    bullets(judged.errors, ''),
    judged.leaf_hash === undefined ? '' : formatFacts(factsOf(judged, checks)),
    bullets(judged.warnings, paint('warning', 'warning: ')),
  ].join('');
}

/** One of many: what it is and why, in one line. */
export function formatLine(place: string, judged: Judged): string {
  const { text, tone } = HEADLINES[judged.verdict];
  const reasons = judged.errors.map(describeEntryError).join('; ');
  const why = reasons === '' ? '' : `: ${printable(reasons)}`;
  return `${printable(place)}: ${paint(tone, text)}${why}\n`;
}

/** `12 receipts: 10 VALID, 2 INVALID`, and what else the folders held. */
export function formatSummary(counts: Counts, passedOver: number): string {
  const words = Object.keys(HEADLINES).reverse() as (keyof Counts)[];
  const parts = words.filter((word) => counts[word] > 0).map((word) => `${counts[word]} ${word}`);
  const { UNREADABLE: _, ...receipts } = counts;
  const total = Object.values(receipts).reduce((sum, count) => sum + count, 0);
  const others = passedOver === 0 ? '' : ` (${plural(passedOver, 'other file')} passed over)`;
  return `${plural(total, 'receipt')}: ${parts.join(', ')}${others}`;
}

function factsOf(judged: Judged, checks: HashChecks): Fact[] {
  const {
    issuer,
    code_ref: code,
    ts,
    policy_ids: policies,
    origin,
    index,
    witnesses = [],
  } = judged;
  const isLogged = origin !== undefined;
  return [
    ['type', issuer === undefined ? judged.type : undefined],
    ['issuer', issuer && `${issuer} ${describePin(judged)}`],
    ['code', code && printable(code)],
    ['made', ts === undefined ? undefined : formatTime(ts)],
    ['policies', policies && (policies.join(', ') || 'none')],
    ['leaf hash', issuer === undefined ? judged.leaf_hash : undefined],
    ['log', isLogged ? printable(origin) : undefined],
    ['entry', isLogged ? `index ${index} in a tree of ${judged.tree_size}` : undefined],
    ['logged', describeLoggedTime(judged)],
    [
      'quorum',
      isLogged ? `${quorumState(judged)}: ${witnesses.join(', ') || 'nobody'}` : undefined,
    ],
    ['input', describeCheck(checks.input)],
    ['output', describeCheck(checks.output)],
    ['profile', judged.profile],
  ];
}

/** Witnesses count whole seconds, so it was logged within this one: an instant would look too early. */
function describeLoggedTime({ logged_at: loggedAt }: Judged): string | undefined {
  if (loggedAt === undefined) return undefined;
  return `during ${formatTime(loggedAt).replace(/\.000Z$/, 'Z')}, or before`;
}

function describeCheck(check: HashChecks['input']): string | undefined {
  return check && `${check.matches ? 'is' : 'is not'} that in ${inputName(check.file)}`;
}

function describePin({ issuer_pinned: pinned, errors }: Judged): string {
  if (pinned) return '(pinned by --issuer)';
  const isStranger = errors.some(({ code }) => code === 'E-SIG-003');
  return isStranger ? '(not the one of --issuer)' : '(not pinned; --issuer KEY)';
}

function quorumState({ errors }: Judged): string {
  const isUnmet = errors.some(({ code }) => code === 'E-LOG-003');
  return isUnmet ? 'NOT met, cosigned by' : 'met, cosigned by';
}
