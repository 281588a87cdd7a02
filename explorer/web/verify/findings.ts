/**
 * What is wrong with something that the explorer has shown: a code that stays, what was expected, and what came.
 *
 * An alarm says that what is shown cannot all be true. A doubt says that something could not be shown either way,
 * as files did not come. An honest explorer of an honest log that answers gives neither.
 */
import { printable } from '#protocol/printable.ts';

export const FINDINGS = {
  'answer-form': { gravity: 'alarm', title: 'The answer has not the form that it must have' },
  'checkpoint-missing': { gravity: 'alarm', title: 'There is no checkpoint that this leads to' },
  'checkpoint-form': { gravity: 'alarm', title: 'The checkpoint is malformed' },
  'checkpoint-untrusted': {
    gravity: 'alarm',
    title: 'Nobody who is trusted signed the checkpoint',
  },
  'checkpoint-signature': {
    gravity: 'alarm',
    title: 'A signature on the checkpoint does not verify',
  },
  'checkpoint-quorum': { gravity: 'alarm', title: 'Too few witnesses cosigned the checkpoint' },
  'checkpoint-size': { gravity: 'alarm', title: 'The size is not that of the checkpoint' },
  'checkpoint-root': { gravity: 'alarm', title: 'The root is not that of the checkpoint' },
  'checkpoint-cosigned': {
    gravity: 'alarm',
    title: 'Who cosigned, and when, is not what the checkpoint says',
  },
  'checkpoint-old': {
    gravity: 'doubt',
    title: 'What came since may be held back: the newest checkpoint is old',
  },
  'checkpoint-order': { gravity: 'alarm', title: 'The checkpoints are not in their order' },
  'log-contradiction': { gravity: 'alarm', title: 'THE LOG HAS CONTRADICTED ITSELF' },
  'log-rolled-back': {
    gravity: 'alarm',
    title: 'The explorer shows less of the log than it has shown you before',
  },
  'log-not-compared': {
    gravity: 'doubt',
    title: 'It could not be shown that the log extends what you have seen of it',
  },
  'log-not-kept': {
    gravity: 'doubt',
    title: 'Your browser has no room to remember what it has seen of the log',
  },
  'log-not-listed': {
    gravity: 'doubt',
    title: 'The explorer does not list a log that you have seen here',
  },
  'log-not-convicted': {
    gravity: 'alarm',
    title:
      'The explorer says that the log has contradicted itself, and its evidence does not prove it',
  },
  'log-evidence-missing': {
    gravity: 'doubt',
    title: 'The explorer says that the log has contradicted itself, and the evidence did not come',
  },
  'log-files': { gravity: 'alarm', title: "The log's files are not where they must be" },
  'log-twice': { gravity: 'alarm', title: 'One log is listed twice' },
  'log-unknown': { gravity: 'alarm', title: 'The explorer does not list this log' },
  'entry-form': { gravity: 'alarm', title: 'The entry or its proof cannot be decoded' },
  'entry-beyond': { gravity: 'alarm', title: 'The entry is beyond the tree of its checkpoint' },
  'entry-proof': {
    gravity: 'alarm',
    title: 'The entry is not shown to be in the tree of its checkpoint',
  },
  'entry-leaf-hash': { gravity: 'alarm', title: 'The leaf hash is not that of the entry' },
  'entry-type': { gravity: 'alarm', title: 'The type is not that of the entry' },
  'entry-summary': { gravity: 'alarm', title: 'What is said of the entry is not what it says' },
  'entry-fault': {
    gravity: 'alarm',
    title: 'What is said to be wrong with the entry is not what is wrong with it',
  },
  'entry-asked': { gravity: 'alarm', title: 'This is not the entry that was asked for' },
  'entry-tlog-proof': {
    gravity: 'alarm',
    title: 'The offline proof is not the proof that is shown',
  },
  'search-filter': { gravity: 'alarm', title: 'The entry is not one that was searched for' },
  'search-order': { gravity: 'alarm', title: 'The entries are not in their order' },
  'search-twice': { gravity: 'alarm', title: 'One entry is listed twice' },
  'search-limit': { gravity: 'alarm', title: 'More entries came than were asked for' },
  'search-cursor': { gravity: 'alarm', title: 'The next page does not go on where this one ends' },
  'search-range': {
    gravity: 'alarm',
    title: 'The page does not answer for the entries that it must answer for',
  },
  'search-left-out': { gravity: 'alarm', title: 'The list leaves out entries' },
  'stats-sum': { gravity: 'alarm', title: 'The numbers do not agree with one another' },
  'stats-count': { gravity: 'alarm', title: "The numbers are not those of the log's entries" },
} as const satisfies Record<string, { gravity: 'alarm' | 'doubt'; title: string }>;

export type FindingCode = keyof typeof FINDINGS;
export type Gravity = 'alarm' | 'doubt';

export interface Finding {
  readonly code: FindingCode;
  readonly gravity: Gravity;
  /** A sentence without its full stop. */
  readonly title: string;
  /** One line of text each, safe to show: what does not show, or turns text around, is escaped. */
  readonly expected: string;
  readonly got: string;
  /** Origin of the log, escaped too. */
  readonly log?: string;
  readonly index?: number;
}

export interface Place {
  readonly log?: string;
  readonly index?: number;
}

/** Longest text of what was expected or came, in characters. */
const MAX_SHOWN = 400;

export function finding(
  code: FindingCode,
  expected: string,
  got: string,
  { log, index }: Place = {},
): Finding {
  return {
    code,
    ...FINDINGS[code],
    expected: shown(expected),
    got: shown(got),
    ...(log === undefined ? {} : { log: shown(log) }),
    ...(index === undefined ? {} : { index }),
  };
}

export function hasAlarm(findings: readonly Finding[]): boolean {
  return findings.some(({ gravity }) => gravity === 'alarm');
}

/** `Title: expected this, got that`, and where. */
export function describeFinding({ title, expected, got, log, index }: Finding): string {
  const entry = index === undefined ? '' : `Entry ${index}`;
  const place = [entry, log === undefined ? '' : `log ${log}`].filter((part) => part !== '');
  const where = place.length === 0 ? '' : ` (${place.join(', ')})`;
  return `${title}${where}: expected ${expected}, got ${got}`;
}

function shown(text: string): string {
  const cut = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
  return printable(cut);
}
