/** On entries: invalid ones, and valid ones that somebody should know of. */
import type { AlertKind } from './alert-kinds.ts';
import { type Judgement, judgementsAbout } from './judgement.ts';
import type { EntryFindings, Tally } from './observations.ts';

const MAX_NAMED_GAPS = 10;

/** What stays: it is in the log for good. */
export function judgeEntries(origin: string, found: EntryFindings): Judgement[] {
  const { invalid, unknown, violations, forks, evidence } = found;
  return [
    ...judged(origin, 'invalid-entry', invalid, ['invalid entry', 'invalid entries'], evidence),
    ...judged(origin, 'unknown-entry', unknown, ['entry', 'entries'], evidence),
    ...judged(origin, 'receipt-violation', violations, ['receipt', 'receipts']),
    ...judged(origin, 'issuer-fork', forks, ['contradiction', 'contradictions']),
  ];
}

function judged(
  origin: string,
  kind: AlertKind,
  { count, examples }: Tally,
  [one, many]: readonly [string, string],
  evidence: readonly string[] = [],
): Judgement[] {
  if (count === 0) return [];
  const more = count > examples.length ? '; …' : '';
  const detail = `${count} ${count === 1 ? one : many}: ${examples.join('; ')}${more}`;
  return [{ ...judgementsAbout(origin).bad(kind, '', detail, 0), evidence }];
}

/** On numbers that are missing in chains of issuers, and have been for long. */
export function judgeGaps(origin: string, gaps: readonly string[]): Judgement[] {
  const about = judgementsAbout(origin);
  if (gaps.length === 0) return [about.good('issuer-gap', '')];
  const more = gaps.length > MAX_NAMED_GAPS ? `; and ${gaps.length - MAX_NAMED_GAPS} more` : '';
  return [about.bad('issuer-gap', '', `${gaps.slice(0, MAX_NAMED_GAPS).join('; ')}${more}`, 0)];
}
