/** How `tecp verify` tells people a verdict: one headline, the reasons, the facts, the warnings. */
import { describeEntryError, EXIT } from '#cli/lib/errors.ts';
import { inputName } from '#cli/lib/files.ts';
import { type Fact, formatFacts, plural, printable } from '#cli/lib/print.ts';
import { paint, type Tone } from '#cli/lib/style.ts';
import type { Judged, Word } from '#protocol/verdict/judge.ts';
import { VERDICT_WORDS, verdictFacts } from '#protocol/verdict/words.ts';
import type { HashChecks } from './hash-checks.ts';

interface Headline {
  readonly text: string;
  readonly tone: Tone;
  readonly exitCode: number;
}

/** Of one receipt or of many, from the worst to the best: the worst gives the exit code. */
export const HEADLINES: Readonly<Record<Word | 'UNREADABLE', Headline>> = {
  INVALID: { ...VERDICT_WORDS.INVALID, exitCode: EXIT.failed },
  UNREADABLE: { text: 'UNREADABLE', tone: 'bad', exitCode: EXIT.unusable },
  SIGNED: { ...VERDICT_WORDS.SIGNED, exitCode: EXIT.weaker },
  VALID: { ...VERDICT_WORDS.VALID, exitCode: EXIT.ok },
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
  return [
    ...verdictFacts(judged, describePin(judged)),
    ['input', describeCheck(checks.input)],
    ['output', describeCheck(checks.output)],
    ['profile', judged.profile],
  ];
}

function describeCheck(check: HashChecks['input']): string | undefined {
  return check && `${check.matches ? 'is' : 'is not'} that in ${inputName(check.file)}`;
}

function describePin({ issuer_pinned: pinned, errors }: Judged): string {
  if (pinned) return '(pinned by --issuer)';
  const isStranger = errors.some(({ code }) => code === 'E-SIG-003');
  return isStranger ? '(not the one of --issuer)' : '(not pinned; --issuer KEY)';
}
