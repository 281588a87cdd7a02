/**
 * `tecp verify`: the verdict on receipts, offline: one, or any number in files, folders and NDJSON; or on
 * any entry with its proof.
 *
 * Loads nothing that opens a connection.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { readInput, readPolicy, STDIN } from '#cli/lib/files.ts';
import { trustOption } from '#cli/lib/options.ts';
import { printLine, printSlowly, say } from '#cli/lib/print.ts';
import { checkHashes, type HashChecks, mismatches } from '#cli/verify/hash-checks.ts';
import {
  type NoReceipt,
  openReceipts,
  RECEIPT_FILES,
  type ReceiptSource,
} from '#cli/verify/sources.ts';
import {
  type Counts,
  formatLine,
  formatSummary,
  formatVerdict,
  HEADLINES,
} from '#cli/verify/verdict-text.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { printableJson } from '#protocol/printable.ts';
import { MAX_PROOF_BYTES } from '#protocol/proof/tlog-proof.ts';
import { DEFAULT_PROFILE, PROFILES } from '#protocol/receipt/profiles.ts';
import { MAX_RECEIPT_BYTES, type Profile } from '#protocol/receipt/types.ts';
import { isIssuerKey } from '#protocol/receipt/verify.ts';
import {
  type JudgedReceipt,
  type JudgeOptions,
  judgeEntry,
  judgeReceipt,
  withErrors,
} from '#protocol/verdict/judge.ts';

interface VerifyCommandOptions {
  readonly trust?: string;
  readonly proof?: string;
  readonly entry?: string;
  readonly input?: string;
  readonly output?: string;
  readonly issuer?: string[];
  readonly profile: Profile;
  readonly now?: number;
  readonly json?: boolean;
}

const DETAILS = `
Offline: nothing is fetched. What is said of a receipt:
  VALID     Its signature verifies, and so does its proof of logging, by the policy file. It is
            judged at the time at which it was logged, so it stays valid.
  SIGNED, not shown to be logged
            Its signature verifies, but it has no proof, or no policy file says whom to trust. It is
            judged now, and expires with its profile.
  INVALID   Something is wrong with it; the reasons follow.
Anybody can make a key and sign. Whose key it is must be known from elsewhere: pin it with --issuer.

Of several files, a folder (with those in it; ${RECEIPT_FILES}) or NDJSON, each that is
not VALID gets a line that names file and line, and a last line counts.

--proof and --entry verify what the HTTP interface hands out: a tlog-proof, and the entry that it is of, be
that a receipt or any bytes; with --issuer, --input or --output it has to be a receipt.

Exit codes: 0 VALID, 1 INVALID, 2 unreadable or wrong usage, 3 SIGNED, not shown to be logged. Of many the
worst counts: 1, then 2, then 3.

Examples:
  $ ./tecp verify sha256sum-*.tecp.json --policy data/policy.txt
  $ ./tecp verify r.tecp.json --policy data/policy.txt --input in.csv --output out.csv
  $ ./tecp verify archive/ more.ndjson --policy data/policy.txt --json
  $ ./tecp verify --proof e.tlog-proof --entry e.bin --policy data/policy.txt`;

export function verifyCommand(): Command {
  return new Command('verify')
    .description('Verifies receipts, offline: VALID, SIGNED or INVALID, with facts and reasons.')
    .argument('[file...]', 'receipts, NDJSON, folders, or - for standard input')
    .addOption(trustOption('policy file: which logs and witnesses to trust'))
    .option('--proof <file>', 'tlog-proof of the entry that --entry names')
    .option('--entry <file>', 'entry to verify with --proof')
    .option('--input <file>', 'also check that this was the input')
    .option('--output <file>', 'also check that this was the output')
    .option('--issuer <key>', 'accept only this issuer (its "pubkey"); may be repeated', collect)
    .addOption(
      new Option('--profile <profile>', 'rules to judge by')
        .choices(Object.keys(PROFILES))
        .default(DEFAULT_PROFILE),
    )
    .option('--now <time>', 'judge as of this time (ISO 8601 or Unix milliseconds)', parseTime)
    .option('--json', 'print each verdict as one line of JSON')
    .addHelpText('after', DETAILS)
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

async function verify(files: string[], options: VerifyCommandOptions): Promise<void> {
  checkUsage(files, options);
  const policy = options.trust === undefined ? undefined : await readPolicy(options.trust);
  const trustedKeys = options.issuer?.map(checkIssuerKey);
  const judging: JudgeOptions = {
    profile: options.profile,
    nowMs: options.now ?? Date.now(),
    ...(policy === undefined ? {} : { policy }),
    ...(trustedKeys === undefined ? {} : { trustedKeys }),
  };
  const { proof, entry } = options;
  if (proof !== undefined && entry !== undefined) {
    if (policy === undefined)
      throw unusable('--proof needs --policy: which log and witnesses to trust.');
    const text = (await readInput(proof, MAX_PROOF_BYTES)).toString();
    const bytes = await readInput(entry, MAX_RECEIPT_BYTES + MAX_ENTRY_BYTES);
    const mustBeReceipt = isAboutOne(options) || trustedKeys !== undefined;
    const by = { ...judging, policy, mustBeReceipt };
    await tellOne(entry, judgeEntry(bytes, text, by), options);
    return;
  }
  const receipts = await openReceipts(files);
  if (receipts.kind === 'one') {
    const { file, bytes } = receipts.source;
    await tellOne(file, judgeReceipt(bytes, judging), options);
  } else {
    if (isAboutOne(options)) throw unusable('--input and --output are about one receipt.');
    await tellMany(receipts.sources, judging, options.json === true);
  }
}

function checkUsage(files: readonly string[], options: VerifyCommandOptions): void {
  const { proof, entry, input, output, trust } = options;
  if ((proof === undefined) !== (entry === undefined)) {
    throw unusable('--proof and --entry go together: the proof, and the entry that it is of.');
  }
  if ((files.length === 0) !== (proof !== undefined)) {
    throw unusable('Name receipts, or one entry with --proof and --entry.');
  }
  const fromStdin = [...files, proof, entry, input, output, trust];
  if (fromStdin.filter((path) => path === STDIN).length > 1) {
    throw unusable('Only one file can be read from standard input.');
  }
}

function isAboutOne({ input, output }: VerifyCommandOptions): boolean {
  return input !== undefined || output !== undefined;
}

function checkIssuerKey(text: string): string {
  if (isIssuerKey(text)) return text;
  throw unusable(`--issuer ${text}: expected a key as in the receipt's "pubkey" member.`);
}

async function tellOne(
  file: string,
  { judged: found, receipt }: JudgedReceipt,
  options: VerifyCommandOptions,
): Promise<void> {
  const checks: HashChecks = receipt === undefined ? {} : await checkHashes(receipt, options);
  const judged = receipt === undefined ? found : withErrors(found, mismatches(checks, receipt));
  if (options.json) await printSlowly(jsonLine({ file, ...judged, ...checks }));
  else await printSlowly(formatVerdict(judged, checks));
  process.exitCode = HEADLINES[judged.verdict].exitCode;
}

/** Tells each as soon as it is judged, and counts; only the counts stay in memory. */
async function tellMany(
  sources: AsyncIterable<ReceiptSource | NoReceipt>,
  judging: JudgeOptions,
  asJson: boolean,
): Promise<void> {
  const counts = { INVALID: 0, UNREADABLE: 0, SIGNED: 0, VALID: 0 };
  let passedOver = 0;
  for await (const source of sources) {
    if ('bytes' in source) {
      const { file, line, bytes } = source;
      const { judged } = judgeReceipt(bytes, judging);
      counts[judged.verdict]++;
      const place = line === undefined ? { file } : { file, line };
      if (asJson) await printSlowly(jsonLine({ ...place, ...judged }));
      else if (judged.verdict !== 'VALID') {
        await printSlowly(formatLine(Object.values(place).join(':'), judged));
      }
    } else if (source.problem === undefined) {
      passedOver++;
    } else {
      counts.UNREADABLE++;
      if (asJson) await printSlowly(jsonLine(unreadable(source.file, source.problem)));
      else say(source.problem, 'bad');
    }
  }
  endMany(counts, passedOver, asJson);
}

/** The worst there was gives the exit code. */
function endMany(counts: Counts, passedOver: number, asJson: boolean): void {
  const words = Object.keys(HEADLINES) as (keyof Counts)[];
  const worst = words.find((word) => counts[word] > 0);
  if (worst === undefined) throw unusable(`There are no receipts there (${RECEIPT_FILES}).`);
  const summary = formatSummary(counts, passedOver);
  if (asJson) say(summary);
  else printLine(summary);
  process.exitCode = HEADLINES[worst].exitCode;
}

function unreadable(file: string, message: string) {
  const errors = [{ code: 'unreadable', message }];
  return { file, verdict: 'UNREADABLE', valid: false, logged: false, errors, warnings: [] };
}

function jsonLine(value: object): string {
  return `${printableJson(JSON.stringify(value))}\n`;
}
