/**
 * `tecp run`: runs a command, and makes, logs and keeps a receipt for it.
 *
 * The command matters most: it runs unchanged and its exit code is passed on, whatever becomes of
 * the receipt. What can be known to be wrong with the receipt is found out before it runs.
 */
import { constants, existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { addClaimOption, type ClaimOptions, claimedPolicies } from '#cli/lib/claims.ts';
import { CommandError, endingOf, unusable } from '#cli/lib/errors.ts';
import { ensureIssuerKey } from '#cli/lib/issuer-key.ts';
import { issuerKeyPath } from '#cli/lib/layout.ts';
import {
  addLogOptions,
  checkProof,
  type LogTarget,
  type LogTargetOptions,
  openLogTarget,
  sayWarnings,
} from '#cli/lib/log-target.ts';
import { say } from '#cli/lib/print.ts';
import { writeReceipt } from '#cli/lib/receipt-file.ts';
import { codeRef } from '#cli/run/code-ref.ts';
import { NOT_FOUND, type PassThrough, passThrough } from '#cli/run/pass-through.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { createReceipt, encodeReceipt, withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { describeWriteError } from '#service/errors.ts';

interface RunOptions extends LogTargetOptions, ClaimOptions {
  readonly out?: string;
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
               build:sha256:<hash of the program>. The program of "python3 f.py" is f.py.
  ext          its exit code.

A command that is ended by a signal, or whose output nobody takes to its end, gets no receipt. If
the log does not answer, the receipt is kept without a proof, and can be submitted later.

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
  addClaimOption(command).option(
    '--out <file>',
    'where to write the receipt (default: ./<command>.tecp.json, or -2, -3 ... if that is there)',
  );
  return addLogOptions(command, '--trust <file>').addHelpText('after', DETAILS).action(run);
}

async function run(command: string, args: string[], options: RunOptions): Promise<void> {
  const out = options.out ?? freeName(command);
  const policyIds = claimedPolicies(options);
  const target = await openLogTarget(options);
  await checkWritable(out);
  const key = await ensureIssuerKey(issuerKeyPath(resolve(options.data)));
  const codeReference = await codeRef(command, args);
  if (codeReference === undefined) {
    throw new CommandError(`Cannot run ${command}: command not found.`, NOT_FOUND);
  }
  const result = await passThrough(command, args);
  process.exitCode = result.exitCode;
  const incomplete = whyIncomplete(result);
  if (incomplete !== undefined) {
    say(`no receipt: ${incomplete}.`);
    return;
  }
  const receipt = createReceipt(
    {
      code_ref: codeReference,
      ts: Date.now(),
      nonce: encodeBase64Url(randomBytes(NONCE_BYTES)),
      input_hash: encodeBase64Url(result.inputHash),
      output_hash: encodeBase64Url(result.outputHash),
      policy_ids: policyIds,
      ext: { exit_code: result.exitCode },
    },
    key.seed,
  );
  await keepReceipt(receipt, out, target, options);
}

/** A file that is not there: the receipt of an earlier run is not to be had again. */
function freeName(command: string): string {
  const name = `./${basename(command)}`;
  for (let run = 2, out = `${name}.tecp.json`; ; out = `${name}-${run++}.tecp.json`) {
    if (!existsSync(out)) return out;
  }
}

async function checkWritable(out: string): Promise<void> {
  try {
    await access(dirname(resolve(out)), constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = describeWriteError(error);
    throw unusable(`Cannot write ${out}: ${reason}; choose another with --out.`);
  }
}

function whyIncomplete({ signal, outputDelivered }: PassThrough): string | undefined {
  if (signal !== null) return `the command was ended by ${signal}`;
  return outputDelivered ? undefined : 'its output was not taken to the end';
}

/** Writes the receipt at once, and again with its proof when there is one. Throws nothing. */
async function keepReceipt(
  receipt: Receipt,
  out: string,
  target: LogTarget,
  options: RunOptions,
): Promise<void> {
  try {
    await writeReceipt(out, receipt);
  } catch (error) {
    say(`warning: the receipt is lost: ${endingOf(error).message}`);
    return;
  }
  try {
    say(`${await logReceipt(receipt, out, target)}; receipt in ${out}`);
  } catch (error) {
    const { message } = endingOf(error);
    const where = options.log === undefined ? `--data ${options.data}` : `--log ${options.log}`;
    const trust = options.trust === undefined ? '' : ` --trust ${options.trust}`;
    const retry = `tecp submit ${out} --wait --out ${out} ${where}${trust}`;
    say(`warning: no proof of logging: ${message} The receipt is in ${out}; later: ${retry}`);
  }
}

/** Submits the receipt and adds the proof to its file, once verified. Answers what to tell. */
async function logReceipt(receipt: Receipt, out: string, target: LogTarget): Promise<string> {
  const { leafHash } = receiptFromObject(receipt);
  const entry = encodeReceipt(receipt);
  const submitted = await target.client.submit(entry, { waitForProof: true });
  sayWarnings(submitted);
  const { proof } = submitted;
  if (proof === undefined) throw new CommandError('The log answered without a proof.');
  const checked = await checkProof(target, proof, leafHash);
  await writeReceipt(out, withProof(receipt, proof));
  const tree = `index ${checked.index} in a tree of ${checked.opened.checkpoint.size}`;
  const doubt = checked.isTrusted ? '' : ', by the policy of the log itself (verify it with yours)';
  return `logged at ${tree}, cosigned by ${checked.cosigners.join(', ')}${doubt}`;
}
