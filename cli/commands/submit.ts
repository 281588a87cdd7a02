/**
 * `tecp submit`: sends one receipt, or any number as NDJSON, to a log. Submitting is idempotent:
 * what was logged before keeps its index, so a run that was interrupted is simply repeated.
 */
import { Command } from 'commander';
import { type Entries, entryOf, readEntries } from '#cli/lib/entry-lines.ts';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { earliestProof, proofInReceiptFile, sayKept } from '#cli/lib/kept-proof.ts';
import { describeProof, logReceipt } from '#cli/lib/log-receipt.ts';
import {
  addLogOptions,
  checkUrl,
  type LogTarget,
  type LogTargetOptions,
  openLogTarget,
  sayWarnings,
} from '#cli/lib/log-target.ts';
import { asFinding, operatorKey, operatorKeyOption } from '#cli/lib/operator-key.ts';
import { plural, printable, printJson, printSlowly, say } from '#cli/lib/print.ts';
import { writeReceipt } from '#cli/lib/receipt-file.ts';
import { submitLines } from '#cli/lib/submit-lines.ts';
import { ShardedLog } from '#client/shards.ts';
import { parseJson } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { printableJson } from '#protocol/printable.ts';
import { withProof } from '#protocol/receipt/create.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';

interface SubmitOptions extends LogTargetOptions {
  readonly wait?: boolean;
  readonly out?: string;
  readonly shards?: string;
  readonly operatorKey?: string;
}

const DETAILS = `
Prints one line of JSON for each receipt, in their order: leaf_index, leaf_hash and duplicate (and
the proof, with --wait), or why it was refused. For NDJSON each has its line number and status, and
a refused line spoils only itself. The proof of one receipt is verified; those of many are passed on
as they come.

A proof that verifies is never replaced by a later one, neither that of the receipt nor that of the
file given with --out: a later proof shows a later time, at which the receipt may have been too old.

With --shards the log is the one that takes entries now by the operator's signed list, which any of his logs
serves; he is believed by his key, --operator-key, and needs no change here when one log follows another.

Exit codes: 0 all logged, 1 some refused, 2 unreadable input or no log.

Examples:
  $ ./tecp submit receipt.json
  $ ./tecp submit receipt.json --wait --out receipt.tecp.json
  $ ./tecp submit - < receipts.ndjson > results.ndjson
  $ ./tecp submit receipt.json --shards https://log.example/2026 --operator-key operator.vkey`;

export function submitCommand(): Command {
  const command = new Command('submit')
    .description('Sends receipts to a log: one as JSON, or any number as NDJSON.')
    .argument('<file>', 'file, or - for standard input')
    .option('--wait', 'wait for the cosigned proof of each')
    .option('--out <file>', 'with --wait: write the receipt with its proof (one receipt only)')
    .option('--shards <url>', "instead of --log: any log that serves the operator's list of them")
    .addOption(operatorKeyOption());
  return addLogOptions(command).addHelpText('after', DETAILS).action(submit);
}

async function submit(file: string, options: SubmitOptions): Promise<void> {
  if (options.out !== undefined && !options.wait) {
    throw unusable('--out needs --wait: without a proof there is nothing to add to the receipt.');
  }
  const target = await openLogTarget(await withShard(options));
  const entries = await readEntries(file);
  if (entries.kind === 'one') await submitOne(entries.bytes, target, options);
  else await submitMany(entries, target, options);
}

/** With the log that the list says, if one is asked for. */
async function withShard(options: SubmitOptions): Promise<SubmitOptions> {
  const { shards, operatorKey: named } = options;
  if ((shards === undefined) !== (named === undefined)) {
    throw unusable('--shards and --operator-key need one another.');
  }
  if (shards === undefined || named === undefined) return options;
  const list = new ShardedLog(checkUrl(shards), await operatorKey(named));
  const { key, url } = await list.shardToWrite().catch((error: unknown) => {
    return asFinding(() => {
      throw error;
    });
  });
  say(`The log to write to is ${printable(key.name)} at ${printable(url)}.`);
  return { ...options, log: url };
}

async function submitOne(bytes: Buffer, target: LogTarget, options: SubmitOptions): Promise<void> {
  if (options.wait) await submitForProof(bytes, target, options.out);
  else await submitEntry(bytes, target);
}

async function submitEntry(bytes: Buffer, target: LogTarget): Promise<void> {
  const submitted = await target.client.submit(entryOf(bytes));
  sayWarnings(submitted);
  printJson(submitted);
}

async function submitForProof(
  bytes: Buffer,
  target: LogTarget,
  out: string | undefined,
): Promise<void> {
  const parsed = receiptFromObject(parseJson(bytes, MAX_RECEIPT_BYTES));
  const { receipt, entryBytes } = parsed;
  const leaf = leafHash(entryBytes);
  const held = out === undefined ? undefined : await proofInReceiptFile(out, leaf);
  const { submitted, proof: offered } = await logReceipt(target, parsed);
  say(describeProof(offered));
  if (out !== undefined) {
    const known = [held, receipt.log_inclusion?.proof];
    const kept = await earliestProof(target, leaf, offered, known);
    if (kept.text === held || kept.text !== offered.text) sayKept(out, kept);
    if (kept.text !== held) await writeReceipt(out, withProof(receipt, kept.text));
  }
  printJson(submitted);
}

async function submitMany(
  { lines }: Extract<Entries, { kind: 'many' }>,
  target: LogTarget,
  options: SubmitOptions,
): Promise<void> {
  if (options.out !== undefined) throw unusable('--out is for one receipt; this is NDJSON.');
  const counts = { added: 0, duplicate: 0, refused: 0, warned: 0 };
  const waitForProof = options.wait === true;
  for await (const { number, result } of submitLines(target.client, lines, { waitForProof })) {
    if (result.status !== 200) counts.refused++;
    else if ('duplicate' in result && result.duplicate) counts.duplicate++;
    else counts.added++;
    if ('warnings' in result && result.warnings !== undefined) counts.warned++;
    await printSlowly(`${printableJson(JSON.stringify({ line: number, ...result }))}\n`);
  }
  const { added, duplicate, refused, warned } = counts;
  if (added + duplicate + refused === 0) throw unusable('There is nothing to submit.');
  say(`${plural(added, 'receipt')} added, ${duplicate} in the log before, ${refused} refused`);
  if (warned > 0) say(`warning: ${plural(warned, 'answer')} with warnings; see "warnings" there.`);
  if (refused > 0) process.exitCode = EXIT.failed;
}
