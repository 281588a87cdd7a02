/**
 * `tecp run`: runs a command, and makes, logs and keeps a receipt for it.
 *
 * The command matters most: it runs unchanged and its exit code is passed on, whatever becomes of
 * the receipt. What can be known to be wrong with the receipt is found out before it runs.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { addClaimOption, type ClaimOptions, claimedPolicies } from '#cli/lib/claims.ts';
import { CommandError, EXIT, endingOf, unusable } from '#cli/lib/errors.ts';
import { STDIN } from '#cli/lib/files.ts';
import { type IssuerKey, issuerKey } from '#cli/lib/issuer-key.ts';
import { issuerKeyPath } from '#cli/lib/layout.ts';
import { logReceipt } from '#cli/lib/log-receipt.ts';
import {
  addLogOptions,
  type LogTarget,
  type LogTargetOptions,
  logFlags,
  openLogTarget,
} from '#cli/lib/log-target.ts';
import { keyOption } from '#cli/lib/options.ts';
import { codeRef } from '#cli/run/code-ref.ts';
import { NOT_FOUND, type PassThrough, passThrough } from '#cli/run/pass-through.ts';
import { ProofWait } from '#cli/run/proof-wait.ts';
import { checkPlace, keepProven, keepReceipt } from '#cli/run/receipt-place.ts';
import { isProven, type RunResult, sayResult, writeResult } from '#cli/run/run-result.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { createReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';

interface RunOptions extends LogTargetOptions, ClaimOptions {
  readonly out?: string;
  readonly key?: string;
  readonly json?: boolean;
  readonly requireProof?: boolean;
}

const NONCE_BYTES = 16;

const DETAILS = `
The command runs as if it had been started directly: input and output pass through as they come,
and its exit code is passed on (128 + n if signal n ended it, 127 if it is not found).

What the receipt says:
  input_hash   SHA-256 of what the command read from standard input. Files that are named on its
               command line are not input: feed them with "<" if they should count.
  output_hash  SHA-256 of what it wrote to standard output.
  code_ref     git:<commit> if the program is tracked in a git work tree without changes, else
               build:sha256:<hash of the program>. The program of "python3 f.py" is f.py. Code that is
               given in arguments, as with "sh -c", is args:sha256:<hash of all of them>.
  ext          its exit code.

A receipt is kept as <command>-<time>-<index>.tecp.json here, or in the file that --out names, and never
over another. A command that is ended by a signal, or whose output nobody takes to its end, gets none.

If no proof comes within 30 seconds, the receipt is kept without one, pending: standard error says so,
and "tecp proof --attach FILE" completes it later. The exit code stays that of the command, unless
--require-proof makes it 3 where the command's was 0. A proof counts if your policy file trusts it.

--json writes one line of JSON as the last one on standard error, since standard output is the command's.

Examples:
  $ ./tecp run --claim no_retention -- sha256sum README.md
  $ ./tecp run --claim no_retention --claim eu_region --out r.tecp.json -- wc -l < in.csv > out.txt
  $ ./tecp verify r.tecp.json --policy data/policy.txt --input in.csv --output out.txt`;

export function runCommand(): Command {
  const command = new Command('run')
    .description('Runs a command, and logs a signed receipt of what went in and what came out.')
    .usage('[options] -- <command> [args...]')
    .argument('<command>', 'command to run')
    .argument('[args...]', 'its arguments')
    .passThroughOptions();
  addClaimOption(command)
    .option(
      '--out <file>',
      'file for the receipt (default: <command>-<time>-<index>.tecp.json here)',
    )
    .addOption(keyOption("issuer's key (default: issuer.key of the data folder, made if needed)"))
    .option('--require-proof', 'exit code 3 if the command succeeds and its receipt is not proven')
    .option('--json', 'say the result as one line of JSON on standard error');
  return addLogOptions(command, '--trust <file>').addHelpText('after', DETAILS).action(run);
}

async function run(command: string, args: string[], given: RunOptions): Promise<void> {
  const options = { ...given, ...(given.out === undefined ? {} : { out: asPath(given.out) }) };
  const policyIds = claimedPolicies(options);
  const wait = new ProofWait();
  const target = await openLogTarget(options, wait.signal);
  if (options.requireProof && target.policy === undefined) {
    throw unusable('--require-proof needs a policy file that says whom to trust: --trust.');
  }
  await checkPlace(options.out);
  const signer = await issuerKey(options.key, issuerKeyPath(resolve(options.data)));
  const codeReference = await codeRef(command, args);
  if (codeReference === undefined) {
    throw new CommandError(`Cannot run ${command}: command not found.`, NOT_FOUND);
  }
  const ran = await passThrough(command, args);
  const draft = { command, codeReference, policyIds };
  const result = await receiptOf(ran, draft, signer, target, wait, options);
  process.exitCode = wait.exitCode ?? result.exitCode;
  if (options.requireProof && !isProven(result)) process.exitCode ||= EXIT.weaker;
  if (options.json) writeResult(result);
  else sayResult(result, target.policyPath, logFlags(options));
}

/** A name that is no option of the commands that the receipt's file is given to. */
function asPath(out: string): string {
  if (out === STDIN) throw unusable("Standard output is the command's; name a file with --out.");
  return out.startsWith('-') ? `./${out}` : out;
}

interface Draft {
  readonly command: string;
  readonly codeReference: string;
  readonly policyIds: string[];
}

/** Makes, keeps and logs the receipt of a command that has ended. Throws nothing. */
async function receiptOf(
  ran: PassThrough,
  { command, codeReference, policyIds }: Draft,
  signer: IssuerKey,
  target: LogTarget,
  wait: ProofWait,
  { out }: RunOptions,
): Promise<RunResult> {
  const { exitCode, signal } = ran;
  const ended = { exitCode, signal, issuerKey: signer };
  const incomplete = whyIncomplete(ran);
  if (incomplete !== undefined) return { ...ended, reason: incomplete };
  const receipt = createReceipt(
    {
      code_ref: codeReference,
      ts: Date.now(),
      nonce: encodeBase64Url(randomBytes(NONCE_BYTES)),
      input_hash: encodeBase64Url(ran.inputHash),
      output_hash: encodeBase64Url(ran.outputHash),
      policy_ids: policyIds,
      ext: { exit_code: exitCode },
    },
    signer.key.seed,
  );
  let path: string | undefined;
  try {
    path = await keepReceipt(receipt, command, out);
    return { ...ended, receipt, ...(await prove(receipt, path, command, target, wait, out)) };
  } catch (error) {
    const reason = endingOf(error).message;
    return { ...ended, receipt, reason, ...(path === undefined ? {} : { path }) };
  }
}

function whyIncomplete({ signal, outputDelivered }: PassThrough): string | undefined {
  if (signal !== null) return `the command was ended by ${signal}.`;
  return outputDelivered ? undefined : 'its output was not taken to the end.';
}

/** Has the log prove the receipt in the file at `path`, and completes it. */
async function prove(
  receipt: Receipt,
  path: string,
  command: string,
  target: LogTarget,
  wait: ProofWait,
  out: string | undefined,
) {
  const { proof } = await wait.during(path, () => logReceipt(target, receiptFromObject(receipt)));
  const proven = withProof(receipt, proof.text);
  const provenPath = await keepProven(proven, proof.index, path, command, out);
  const reason = 'Proven by the policy of the log itself, and not by yours.';
  return { path: provenPath, proof, ...(proof.isTrusted ? {} : { reason }) };
}
