/** `tecp proof`: the offline proof of an entry, verified where it is known which entry that is. */
import { Command } from 'commander';
import { CommandError, endingOf, unusable } from '#cli/lib/errors.ts';
import { STDIN, writeFileAtomically } from '#cli/lib/files.ts';
import { earliestProof, isOfSameEntry, proofInProofFile, sayKept } from '#cli/lib/kept-proof.ts';
import { attachProof, describeProof } from '#cli/lib/log-receipt.ts';
import {
  addLogOptions,
  checkProof,
  type LogTarget,
  type LogTargetOptions,
  openLogTarget,
} from '#cli/lib/log-target.ts';
import { say } from '#cli/lib/print.ts';
import { readReceiptBytes } from '#cli/lib/receipt-file.ts';
import { fromHex, parseDecimal, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { asLeafHash, type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';

interface ProofOptions extends LogTargetOptions {
  readonly attach?: string[];
  readonly leaf?: string;
  readonly index?: string;
  readonly out?: string;
}

const HASH_BYTES = 32;

const DETAILS = `
The entry is named by a receipt file, by its leaf hash, or by its index. The proof is a C2SP
tlog-proof; it is verified before it is printed, unless only the index is known. A proof that
verifies, in the receipt or in the file given with --out, is never replaced by a later one.

--attach completes receipts that "tecp run" left pending, or that were never submitted: the log takes
those that it does not have yet.

Examples:
  $ ./tecp proof receipt.json > receipt.tlog-proof
  $ ./tecp proof --attach sha256sum-20260131T120000Z.tecp.json
  $ ./tecp proof --index 0
  $ ./tecp proof --leaf 6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d`;

export function proofCommand(): Command {
  const command = new Command('proof')
    .description('Fetches the offline proof that an entry is in a log.')
    .argument('[file]', 'receipt, or - for standard input')
    .option('--leaf <hex>', 'leaf hash of the entry')
    .option('--index <n>', 'index of the entry')
    .option('--out <file>', 'write the proof to a file instead of standard output')
    .option('--attach <file...>', 'complete these receipts with their proofs, in their files');
  return addLogOptions(command).addHelpText('after', DETAILS).action(proof);
}

interface NamedLeaf {
  readonly leaf: LeafHash;
  /** The proof that its receipt has. */
  readonly proof?: string | undefined;
}
type EntryName = NamedLeaf | { readonly index: number };

async function proof(file: string | undefined, options: ProofOptions): Promise<void> {
  const { attach, leaf, index, out } = options;
  if (attach === undefined) return await fetchProof(file, options);
  const others = [file, leaf, index, out].filter((value) => value !== undefined);
  if (others.length > 0 || attach.includes(STDIN)) {
    throw unusable('--attach names its receipts itself, and writes into their files.');
  }
  await attachProofs(attach, await openLogTarget(options));
}

/** Each for itself: one that cannot be completed does not keep the others from it. */
async function attachProofs(paths: readonly string[], target: LogTarget): Promise<void> {
  for (const path of paths) {
    try {
      say(`${path}: ${describeProof(await attachProof(target, path))}`, 'good');
    } catch (error) {
      const { message, exitCode } = endingOf(error);
      say(`${path}: ${message}`, 'bad');
      process.exitCode = Math.max(exitCode, Number(process.exitCode ?? 0));
    }
  }
}

async function fetchProof(file: string | undefined, options: ProofOptions): Promise<void> {
  const entry = await nameEntry(file, options);
  const target = await openLogTarget(options);
  if ('index' in entry) await fetchByIndex(entry.index, target, options.out);
  else await fetchByLeaf(entry, target, options.out);
}

async function fetchByIndex(
  index: number,
  target: LogTarget,
  out: string | undefined,
): Promise<void> {
  if (out !== undefined && (await proofInProofFile(out)) !== undefined) {
    throw unusable(`${out} has a proof already; name the entry by its receipt to compare the two.`);
  }
  const proof = await target.client.proof({ index });
  const { index: proven } = parseTlogProof(proof);
  if (proven !== index)
    throw new CommandError(`The log's proof is of entry ${proven}, not ${index}.`);
  say('warning: not verified, as an index does not say which entry it should be.');
  await hand(proof, out);
}

async function fetchByLeaf(
  { leaf, proof }: NamedLeaf,
  target: LogTarget,
  out: string | undefined,
): Promise<void> {
  const held = out === undefined ? undefined : await proofInProofFile(out);
  const fetched = await target.client.proof({ leafHash: toHex(leaf) });
  const offered = await checkProof(target, fetched, leaf);
  if (held !== undefined && !isOfSameEntry(held, offered)) {
    throw unusable(`${out} holds the proof of another entry; choose another file with --out.`);
  }
  const kept = await earliestProof(target, leaf, offered, [held, proof]);
  const doubt = kept.isTrusted ? '' : ' (by the policy of the log itself)';
  say(`index ${kept.index}, cosigned by ${kept.cosigners.join(', ')}${doubt}`);
  if (kept.text === held || kept.text !== offered.text) sayKept(out ?? 'the receipt', kept);
  if (kept.text !== held) await hand(kept.text, out);
}

async function hand(proof: string, out: string | undefined): Promise<void> {
  if (out === undefined) process.stdout.write(proof);
  else await writeFileAtomically(out, proof);
}

async function nameEntry(file: string | undefined, options: ProofOptions): Promise<EntryName> {
  const named = [file, options.leaf, options.index].filter((name) => name !== undefined);
  if (named.length !== 1) throw unusable('Name one entry: a receipt file, --leaf or --index.');
  if (file !== undefined) {
    const { entryBytes, receipt } = parseReceipt(await readReceiptBytes(file));
    return { leaf: leafHash(entryBytes), proof: receipt.log_inclusion?.proof };
  }
  try {
    if (options.index !== undefined) return { index: parseDecimal(options.index) };
    return { leaf: asLeafHash(fromHex(options.leaf!, HASH_BYTES)) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const option = options.index === undefined ? '--leaf' : '--index';
    throw unusable(`${option} ${named[0]}: ${error.message}.`);
  }
}
