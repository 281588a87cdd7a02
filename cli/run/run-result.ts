/**
 * What `tecp run` says of itself, on standard error, as standard output is the command's: a line or two
 * for people, or one line of JSON for programs (docs/CLI.md).
 */
import { resolve } from 'node:path';
import type { IssuerKey } from '#cli/lib/issuer-key.ts';
import { describeProof } from '#cli/lib/log-receipt.ts';
import type { CheckedProof } from '#cli/lib/log-target.ts';
import { say } from '#cli/lib/print.ts';
import { commandLine } from '#cli/lib/shell.ts';
import { toHex } from '#protocol/bytes.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { printableJson } from '#protocol/printable.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';

export interface RunResult {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  /** Absent when the run gave none. */
  readonly receipt?: Receipt;
  /** The file that holds it; absent when it could not be written. */
  readonly path?: string;
  readonly proof?: CheckedProof;
  /** Why there is no proof that is trusted, one sentence. */
  readonly reason?: string;
  readonly issuerKey: IssuerKey;
}

/** Whether a policy of the user's says that the receipt was logged. */
export function isProven({ proof }: RunResult): boolean {
  return proof?.isTrusted === true;
}

/** `logFlags` name the log and the trust to another command. */
export function sayResult(
  result: RunResult,
  policyPath: string | undefined,
  logFlags: readonly string[],
): void {
  const { receipt, path, proof, reason } = result;
  if (receipt === undefined) {
    say(`no receipt: ${reason}`, 'warning');
  } else if (path === undefined) {
    const complete = commandLine('proof', '--attach', 'FILE', ...logFlags);
    say(`warning: the receipt could not be kept: ${reason}`, 'bad');
    say(`here it is; once it is in a file, complete it: ${complete}`);
    process.stderr.write(`${printableJson(JSON.stringify(receipt))}\n`);
  } else if (proof === undefined) {
    const complete = commandLine('proof', '--attach', path, ...logFlags);
    say(
      `pending: not proven yet: ${reason} The receipt is in ${path}; complete it: ${complete}`,
      'warning',
    );
  } else {
    say(`logged at ${describeProof(proof)}; receipt in ${path}`, 'good');
    const trust = policyPath === undefined ? [] : ['--policy', policyPath];
    say(`verify it: ${commandLine('verify', path, ...trust)}`);
  }
}

/** A line of JSON that begins with `{`, unlike everything else that this program writes there. */
export function writeResult(result: RunResult): void {
  const { exitCode, signal, receipt, path, proof, reason, issuerKey } = result;
  const facts = {
    receipt: path ?? null,
    proven: isProven(result),
    ...(reason === undefined ? {} : { reason }),
    exit_code: exitCode,
    ...(signal === null ? {} : { signal }),
    ...(receipt === undefined ? {} : receiptFacts(receipt)),
    issuer_key: resolve(issuerKey.path),
    issuer_key_made: issuerKey.isNew,
    ...(proof === undefined ? {} : proofFacts(proof)),
    ...(receipt !== undefined && path === undefined ? { unsaved: receipt } : {}),
  };
  process.stderr.write(`${printableJson(JSON.stringify(facts))}\n`);
}

function receiptFacts(receipt: Receipt) {
  const { code_ref, ts, policy_ids, input_hash, output_hash, pubkey } = receipt;
  const leaf = toHex(leafHash(receiptFromObject(receipt).entryBytes));
  return { leaf_hash: leaf, issuer: pubkey, code_ref, ts, policy_ids, input_hash, output_hash };
}

function proofFacts({ index, opened, cosigners }: CheckedProof) {
  const { checkpoint, quorumTimeSeconds } = opened;
  return {
    origin: checkpoint.origin,
    index,
    tree_size: checkpoint.size,
    ...(quorumTimeSeconds === undefined ? {} : { logged_at: quorumTimeSeconds * 1000 }),
    witnesses: cosigners,
  };
}
