/**
 * `tecp verify`: the verdict on a receipt, offline; optionally also whether it is about the input
 * and the output in these files.
 *
 * Loads nothing that opens a connection.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { describeReceiptError, EXIT, unusable } from '#cli/lib/errors.ts';
import { hashInput, inputName, readPolicy, STDIN } from '#cli/lib/files.ts';
import { formatFacts, formatTime, printable, printJson } from '#cli/lib/print.ts';
import { readReceiptBytes } from '#cli/lib/receipt-file.ts';
import { cosignerNames } from '#cli/lib/witness-names.ts';
import { sha256 } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { DEFAULT_PROFILE, PROFILES } from '#protocol/receipt/profiles.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import type { Profile, Receipt } from '#protocol/receipt/types.ts';
import { isIssuerKey, type Verdict, verifyReceipt } from '#protocol/receipt/verify.ts';

interface VerifyCommandOptions {
  readonly policy?: string;
  readonly input?: string;
  readonly output?: string;
  readonly issuer?: string[];
  readonly profile: Profile;
  readonly now?: number;
  readonly json?: boolean;
}

/** Whether a file is what the receipt is about. */
interface HashCheck {
  readonly file: string;
  readonly matches: boolean;
  /** b64u SHA-256 of the file. */
  readonly hash: string;
}

interface HashChecks {
  readonly input?: HashCheck;
  readonly output?: HashCheck;
}

/** b64u SHA-256 of nothing: what a command without input gets. */
const EMPTY_HASH = encodeBase64Url(sha256(new Uint8Array()));

const EXAMPLES = `
Offline: nothing is fetched. Without --policy the signature is verified but not the proof of
logging, as nobody has said whom to trust. A receipt with a verified proof is judged at the time at
which it was logged, so it stays valid; one without is judged now, and expires with its profile.

Exit codes: 0 valid, 1 invalid, 2 unreadable or wrong usage.

Examples:
  $ ./tecp verify sha256sum.tecp.json --policy data/policy.txt
  $ ./tecp verify r.tecp.json --policy data/policy.txt --input in.csv --output out.csv
  $ ./tecp verify r.tecp.json --policy data/policy.txt --profile tecp-strict --json`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Verifies a receipt, offline: VALID and the facts, or INVALID and the reasons.')
    .argument('<file>', 'receipt (.tecp.json), or - for standard input')
    .option('--policy <file>', 'policy file: which logs and witnesses to trust')
    .option('--input <file>', 'also check that this was the input')
    .option('--output <file>', 'also check that this was the output')
    .option('--issuer <key>', 'accept only this issuer (its "pubkey"); may be repeated', collect)
    .addOption(
      new Option('--profile <profile>', 'rules to judge by')
        .choices(Object.keys(PROFILES))
        .default(DEFAULT_PROFILE),
    )
    .option('--now <time>', 'judge as of this time (ISO 8601 or Unix milliseconds)', parseTime)
    .option('--json', 'print the verdict as one line of JSON')
    .addHelpText('after', EXAMPLES)
    .action(verify);
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function parseTime(text: string): number {
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isSafeInteger(ms)) return ms;
  throw new InvalidArgumentError('Expected a time such as 2026-01-31T12:00:00Z.');
}

async function verify(file: string, options: VerifyCommandOptions): Promise<void> {
  const fromStdin = [file, options.input, options.output, options.policy];
  if (fromStdin.filter((path) => path === STDIN).length > 1) {
    throw unusable('Only one file can be read from standard input.');
  }
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy);
  const trustedKeys = options.issuer?.map(checkIssuerKey);
  const bytes = await readReceiptBytes(file);
  const verdict = verifyReceipt(bytes, {
    profile: options.profile,
    nowMs: options.now ?? Date.now(),
    ...(policy === undefined ? {} : { policy }),
    ...(trustedKeys === undefined ? {} : { trustedKeys }),
  });
  // An issuer is known exactly when the receipt could be read at all.
  const receipt = verdict.issuer === undefined ? undefined : parseReceipt(bytes).receipt;
  const checks = receipt === undefined ? {} : await checkHashes(receipt, options);
  const valid = verdict.valid && Object.values(checks).every(({ matches }) => matches);
  if (options.json) printJson({ ...verdict, valid, ...checks });
  else process.stdout.write(formatVerdict({ ...verdict, valid }, checks, receipt, policy));
  process.exitCode = valid ? EXIT.ok : EXIT.failed;
}

function checkIssuerKey(text: string): string {
  if (isIssuerKey(text)) return text;
  throw unusable(`--issuer ${text}: expected a key as in the receipt's "pubkey" member.`);
}

async function checkHashes(receipt: Receipt, options: VerifyCommandOptions): Promise<HashChecks> {
  const check = async (file: string, expected: string): Promise<HashCheck> => {
    const hash = encodeBase64Url(await hashInput(file));
    return { file, matches: hash === expected, hash };
  };
  const { input, output } = options;
  return {
    ...(input === undefined ? {} : { input: await check(input, receipt.input_hash) }),
    ...(output === undefined ? {} : { output: await check(output, receipt.output_hash) }),
  };
}

function formatVerdict(
  verdict: Verdict,
  checks: HashChecks,
  receipt: Receipt | undefined,
  policy: Policy | undefined,
): string {
  const reasons = [
    ...verdict.errors.map((error) => describeReceiptError(error)),
    ...describeMismatches(checks, receipt),
  ];
  const warnings = verdict.warnings.map((warning) => describeReceiptError(warning));
  const bullets = (lines: string[], prefix: string) =>
    lines.map((line) => `  ${prefix}${printable(line)}\n`).join('');
  return [
    verdict.valid ? 'VALID\n' : 'INVALID\n',
    bullets(reasons, ''),
    receipt === undefined ? '' : formatFacts(factsOf(verdict, checks, receipt, policy)),
    bullets(warnings, 'warning: '),
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
  verdict: Verdict,
  checks: HashChecks,
  receipt: Receipt,
  policy: Policy | undefined,
) {
  const { origin, index, tree_size: size, witnesses, logged_at: loggedAt } = verdict;
  const names = policy === undefined ? [] : cosignerNames(policy, witnesses ?? []);
  const isLogged = origin !== undefined;
  const matching = ({ matches, file }: HashCheck) => (matches ? `is ${file}` : `is not ${file}`);
  return [
    ['issuer', receipt.pubkey],
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

function quorumState({ errors }: Verdict): string {
  return errors.some(({ code }) => code === 'E-LOG-003')
    ? 'NOT met, cosigned by'
    : 'met, cosigned by';
}
