/** `tecp receipt create|show`: making a receipt by hand, and reading what one says. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { addClaimOption, type ClaimOptions, claimedPolicies } from '#cli/lib/claims.ts';
import { describeFinding, EXIT, unusable } from '#cli/lib/errors.ts';
import { hashInput, readInput } from '#cli/lib/files.ts';
import { issuerKey } from '#cli/lib/issuer-key.ts';
import { issuerKeyPath } from '#cli/lib/layout.ts';
import { dataOption, keyOption, preferNamedData } from '#cli/lib/options.ts';
import { type Fact, formatFacts, formatTime, printable } from '#cli/lib/print.ts';
import { readReceiptBytes, writeReceipt } from '#cli/lib/receipt-file.ts';
import { randomBytes } from '#crypto';
import { encodeBase64Url } from '#protocol/base64.ts';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { isJsonObject, type JsonObject, parseJson } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { createReceipt, encodeReceipt, type ReceiptFields } from '#protocol/receipt/create.ts';
import { type ParsedReceipt, receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';

interface CreateOptions extends ClaimOptions {
  readonly codeRef: string;
  readonly input: string;
  readonly output: string;
  readonly members?: string;
  readonly key?: string;
  readonly data: string;
  readonly out?: string;
}

const NONCE_BYTES = 16;
const MAX_MEMBERS_BYTES = 64 * 1024;

const EXAMPLES = `
Examples:
  $ ./tecp receipt show receipt.tecp.json
  $ ./tecp receipt create --code-ref git:$(git rev-parse HEAD) --input in.csv --output out.csv`;

const CREATE_DETAILS = `
Prints the receipt in canonical form. --members names a JSON object with further members, such as
{"environment": {"region": "eu-west-1"}}; it cannot change those that the other options give.

Examples:
  $ ./tecp receipt create --code-ref git:$(git rev-parse HEAD) --input in.csv --output out.csv \\
      --claim no_retention --claim eu_region --out receipt.json
  $ ./tecp submit receipt.json --wait --out receipt.tecp.json`;

const SHOW_DETAILS = `
Nothing is verified: this is what the receipt says of itself. See "tecp verify".

Examples:
  $ ./tecp receipt show receipt.tecp.json
  $ curl -s http://127.0.0.1:8400/v1/log/entries/0 | ./tecp receipt show -`;

export function receiptCommand(): Command {
  const command = new Command('receipt')
    .description('Makes a receipt, or shows what one says.')
    .addHelpText('after', EXAMPLES);
  const createCommand = command
    .command('create')
    .description('Makes and signs a receipt for an input and an output.')
    .requiredOption('--code-ref <ref>', 'which code ran, such as git:<commit>')
    .requiredOption('--input <file>', 'what went in (- for standard input)')
    .requiredOption('--output <file>', 'what came out (- for standard input)');
  addClaimOption(preferNamedData(createCommand))
    .option('--members <file>', 'JSON object of further members')
    .addOption(keyOption("issuer's key (default: issuer.key of the data folder, made if needed)"))
    .addOption(dataOption('data folder'))
    .option('--out <file>', 'write to a file instead of standard output')
    .addHelpText('after', CREATE_DETAILS)
    .action(create);
  command
    .command('show')
    .description('Shows what a receipt and its proof say, without verifying anything.')
    .argument('<file>', 'receipt, or - for standard input')
    .addHelpText('after', SHOW_DETAILS)
    .action(show);
  return command;
}

async function create(options: CreateOptions): Promise<void> {
  const { input, output, key, data, out } = options;
  if (input === '-' && output === '-') {
    throw unusable('Only one of --input and --output can be read from standard input.');
  }
  const policyIds = claimedPolicies(options);
  const { key: signer } = await issuerKey(key, issuerKeyPath(resolve(data)));
  const members = options.members === undefined ? {} : await readMembers(options.members);
  const fields: ReceiptFields = {
    ...members,
    code_ref: options.codeRef,
    ts: Date.now(),
    nonce: encodeBase64Url(randomBytes(NONCE_BYTES)),
    input_hash: encodeBase64Url(await hashInput(input)),
    output_hash: encodeBase64Url(await hashInput(output)),
    policy_ids: policyIds,
  };
  const receipt = asUsage(() => createReceipt(fields, signer.seed));
  if (out === undefined) process.stdout.write(`${decodeUtf8(encodeReceipt(receipt))}\n`);
  else await writeReceipt(out, receipt);
}

async function readMembers(path: string): Promise<JsonObject> {
  const bytes = await readInput(path, MAX_MEMBERS_BYTES);
  try {
    const value = parseJson(bytes, MAX_MEMBERS_BYTES);
    if (isJsonObject(value)) return value;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`${path}: ${error.message}.`);
  }
  throw unusable(`${path} does not hold a JSON object.`);
}

/** What a verifier would refuse is a mistake of whoever gave the members. */
function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ReceiptError)) throw error;
    throw unusable(`No receipt can say this: ${describeFinding(error)}.`);
  }
}

async function show(file: string): Promise<void> {
  const bytes = await readReceiptBytes(file);
  const parsed = readAnyForm(bytes);
  process.stdout.write(`Receipt (not verified)\n${formatFacts(receiptFacts(parsed))}`);
  const proof = parsed.receipt.log_inclusion?.proof;
  if (proof !== undefined) process.stdout.write(`Proof (not verified)\n${formatProof(proof)}`);
}

/** Canonical or not: this is for looking. */
function readAnyForm(bytes: Uint8Array): ParsedReceipt {
  try {
    return receiptFromObject(parseJson(bytes, MAX_RECEIPT_BYTES));
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`This is not a receipt: ${error.message}.`);
  }
}

function receiptFacts({ receipt, entryBytes, unknownMembers }: ParsedReceipt): Fact[] {
  const { environment, chain, key_erasure: keyErasure, ext } = receipt;
  const json = (value: unknown): string | undefined =>
    value === undefined ? undefined : printable(JSON.stringify(value));
  return [
    ['version', receipt.version],
    ['issuer', receipt.pubkey],
    ['code', printable(receipt.code_ref)],
    ['made', formatTime(receipt.ts)],
    ['policies', receipt.policy_ids.join(', ') || 'none'],
    ['input_hash', receipt.input_hash],
    ['output_hash', receipt.output_hash],
    ['nonce', receipt.nonce],
    ['key_erasure', json(keyErasure)],
    ['environment', json(environment)],
    ['chain', json(chain)],
    ['ext', json(ext)],
    ['leaf hash', toHex(leafHash(entryBytes))],
    ['unknown', unknownMembers.length === 0 ? undefined : printable(unknownMembers.join(', '))],
  ];
}

function formatProof(text: string): string {
  try {
    const { index, hashes, checkpoint } = parseTlogProof(text);
    const note = parseNote(checkpoint);
    const { origin, size, root } = parseCheckpoint(note.text);
    return formatFacts([
      ['log', printable(origin)],
      ['entry', `index ${index} in a tree of ${size}, ${hashes.length} hashes to its root`],
      ['root', toHex(root)],
      ...note.signatures.map(({ name, id }): Fact => ['signed by', printable(`${name}+${id}`)]),
    ]);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    process.exitCode = EXIT.failed;
    return `  cannot be read: ${printable(error.message)}\n`;
  }
}
