/**
 * `tecp verify`: the verdict on a receipt, offline; optionally also whether it is about the input
 * and the output in these files.
 *
 * Loads nothing that opens a connection.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { hashInput, readPolicy, STDIN } from '#cli/lib/files.ts';
import { trustOption } from '#cli/lib/options.ts';
import { printJson } from '#cli/lib/print.ts';
import { readReceiptBytes } from '#cli/lib/receipt-file.ts';
import {
  formatVerdict,
  type HashCheck,
  type HashChecks,
  HEADLINES,
  headlineOf,
  type Judged,
} from '#cli/lib/verdict-text.ts';
import { encodeBase64Url } from '#protocol/base64.ts';
import { DEFAULT_PROFILE, PROFILES } from '#protocol/receipt/profiles.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import type { Profile, Receipt } from '#protocol/receipt/types.ts';
import { isIssuerKey, verifyReceipt } from '#protocol/receipt/verify.ts';

interface VerifyCommandOptions {
  readonly trust?: string;
  readonly input?: string;
  readonly output?: string;
  readonly issuer?: string[];
  readonly profile: Profile;
  readonly now?: number;
  readonly json?: boolean;
}

const EXAMPLES = `
Offline: nothing is fetched. What is said of the receipt:
  VALID     Its signature verifies, and so does its proof of logging, by the policy file. It is
            judged at the time at which it was logged, so it stays valid.
  SIGNED, not shown to be logged
            Its signature verifies, but it has no proof, or no policy file says whom to trust. It is
            judged now, and expires with its profile.
  INVALID   Something is wrong with it; the reasons follow.
Anybody can make a key and sign. Whose key it is must be known from elsewhere: pin it with --issuer.

Exit codes: 0 VALID, 1 INVALID, 2 unreadable or wrong usage, 3 SIGNED, not shown to be logged.

Examples:
  $ ./tecp verify sha256sum.tecp.json --policy data/policy.txt
  $ ./tecp verify r.tecp.json --policy data/policy.txt --input in.csv --output out.csv
  $ ./tecp verify r.tecp.json --policy data/policy.txt --profile tecp-strict --json`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Verifies a receipt, offline: VALID, SIGNED or INVALID, with facts and reasons.')
    .argument('<file>', 'receipt (.tecp.json), or - for standard input')
    .addOption(trustOption('policy file: which logs and witnesses to trust'))
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

/** A date, or a date and a time of a zone; without one it would depend on where this runs. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;

function parseTime(text: string): number {
  const isNumber = /^\d{1,16}$/.test(text);
  const ms = isNumber ? Number(text) : ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvalidArgumentError(
    'Expected a time from 1970 on, such as 2026-01-31T12:00:00Z, or Unix milliseconds.',
  );
}

async function verify(file: string, options: VerifyCommandOptions): Promise<void> {
  const fromStdin = [file, options.input, options.output, options.trust];
  if (fromStdin.filter((path) => path === STDIN).length > 1) {
    throw unusable('Only one file can be read from standard input.');
  }
  const policy = options.trust === undefined ? undefined : await readPolicy(options.trust);
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
  const logged =
    verdict.origin !== undefined && !verdict.errors.some(({ code }) => code.startsWith('E-LOG'));
  const pinned = trustedKeys?.some((key) => key === verdict.issuer) ?? false;
  const judged: Judged = { ...verdict, valid, logged, issuer_pinned: pinned };
  if (options.json) printJson({ ...judged, ...checks });
  else process.stdout.write(formatVerdict(judged, checks, receipt, policy));
  process.exitCode = HEADLINES[headlineOf(judged)];
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
