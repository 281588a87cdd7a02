/** How `tecp verify` tells a verdict: one headline, the reasons, the facts, the warnings. */
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import type { Verdict } from '#protocol/receipt/verify.ts';
import { describeEntryError, EXIT } from './errors.ts';
import { inputName } from './files.ts';
import { formatFacts, formatTime, printable } from './print.ts';
import { paint, type Tone } from './style.ts';
import { cosignerNames } from './witness-names.ts';

/** Whether a file is what the receipt is about. */
export interface HashCheck {
  readonly file: string;
  readonly matches: boolean;
  /** b64u SHA-256 of the file. */
  readonly hash: string;
}

/** The verdict with what this command adds to it. */
export interface Judged extends Verdict {
  /** Whether a proof verifies by the policy file. */
  readonly logged: boolean;
  /** Whether its key was given as that of an issuer who is accepted. */
  readonly issuer_pinned: boolean;
}

export interface HashChecks {
  readonly input?: HashCheck;
  readonly output?: HashCheck;
}

/** b64u SHA-256 of nothing: what a command without input gets. */
const EMPTY_HASH = encodeBase64Url(sha256(new Uint8Array()));

/** What a verdict is called, and the exit code that says it. */
export const HEADLINES = {
  VALID: EXIT.ok,
  'SIGNED, not shown to be logged': EXIT.weaker,
  INVALID: EXIT.failed,
} as const;

const HEADLINE_TONES: Readonly<Record<keyof typeof HEADLINES, Tone>> = {
  VALID: 'good',
  'SIGNED, not shown to be logged': 'warning',
  INVALID: 'bad',
};

export function headlineOf({ valid, logged }: Judged): keyof typeof HEADLINES {
  if (!valid) return 'INVALID';
  return logged ? 'VALID' : 'SIGNED, not shown to be logged';
}

export function formatVerdict(
  verdict: Judged,
  checks: HashChecks,
  receipt: Receipt | undefined,
  policy: Policy | undefined,
): string {
  const reasons = [
    ...verdict.errors.map((error) => describeEntryError(error)),
    ...describeMismatches(checks, receipt),
  ];
  const warnings = verdict.warnings.map((warning) => describeEntryError(warning));
  const bullets = (lines: string[], prefix: string) =>
    lines.map((line) => `  ${prefix}${printable(line)}\n`).join('');
  const headline = headlineOf(verdict);
  return [
    `${paint(HEADLINE_TONES[headline], headline)}\n`,
    bullets(reasons, ''),
    receipt === undefined ? '' : formatFacts(factsOf(verdict, checks, receipt, policy)),
    bullets(warnings, paint('warning', 'warning: ')),
  ].join('');
}

function describeMismatches(checks: HashChecks, receipt: Receipt | undefined): string[] {
  return Object.entries(checks).flatMap(([what, { file, matches }]: [string, HashCheck]) => {
    if (matches) return [];
    const member = what === 'input' ? 'input_hash' : 'output_hash';
    const hint =
      receipt?.[member] === EMPTY_HASH
        ? ` (the receipt is about empty ${what}: ${what === 'input' ? 'nothing was read from standard input' : 'nothing was written'})`
        : '';
    return [`${member}: ${inputName(file)} is not the ${what} that the receipt is about${hint}`];
  });
}

function factsOf(
  verdict: Judged,
  checks: HashChecks,
  receipt: Receipt,
  policy: Policy | undefined,
) {
  const { origin, index, tree_size: size, witnesses, logged_at: loggedAt } = verdict;
  const names = policy === undefined ? [] : cosignerNames(policy, witnesses ?? []);
  const isLogged = origin !== undefined;
  const matching = ({ matches, file }: HashCheck) => (matches ? `is ${file}` : `is not ${file}`);
  return [
    ['issuer', `${receipt.pubkey} ${describePin(verdict)}`],
    ['code', printable(receipt.code_ref)],
    ['made', formatTime(receipt.ts)],
    ['policies', receipt.policy_ids.join(', ') || 'none'],
    ['log', isLogged ? printable(origin) : undefined],
    ['entry', isLogged ? `index ${index} in a tree of ${size}` : undefined],
    ['logged', loggedAt === undefined ? undefined : `by ${formatTime(loggedAt)}`],
    ['quorum', isLogged ? `${quorumState(verdict)}: ${names.join(', ') || 'nobody'}` : undefined],
    ['input', checks.input && matching(checks.input)],
    ['output', checks.output && matching(checks.output)],
    ['profile', verdict.profile],
  ] as const;
}

function describePin({ issuer_pinned: pinned, errors }: Judged): string {
  if (pinned) return '(pinned by --issuer)';
  const isStranger = errors.some(({ code }) => code === 'E-SIG-003');
  return isStranger ? '(not the one of --issuer)' : '(not pinned; --issuer KEY)';
}

function quorumState({ errors }: Verdict): string {
  return errors.some(({ code }) => code === 'E-LOG-003')
    ? 'NOT met, cosigned by'
    : 'met, cosigned by';
}
