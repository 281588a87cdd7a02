/**
 * Getting a receipt proven: submitted, waited for, and the proof checked. Submitting is idempotent, so
 * it does not matter whether the log has the receipt already.
 */
import type { Submitted } from '#client/log-client.ts';
import { parseJson } from '#protocol/json/canonical.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { withProof } from '#protocol/receipt/create.ts';
import { type ParsedReceipt, receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { CommandError } from './errors.ts';
import { earliestProof, sayKept } from './kept-proof.ts';
import { type CheckedProof, checkProof, type LogTarget, sayWarnings } from './log-target.ts';
import { readReceiptBytes, writeReceipt } from './receipt-file.ts';

export interface Logged {
  readonly submitted: Submitted;
  readonly proof: CheckedProof;
}

/** Has the log take the receipt and prove it. Throws `CommandError` or `RemoteError`. */
export async function logReceipt(
  target: LogTarget,
  { entryBytes }: ParsedReceipt,
): Promise<Logged> {
  const submitted = await target.client.submit(entryBytes, { waitForProof: true });
  sayWarnings(submitted);
  if (submitted.proof === undefined) throw new CommandError('The log answered without a proof.');
  return { submitted, proof: await checkProof(target, submitted.proof, leafHash(entryBytes)) };
}

/** Completes the receipt in a file with its proof; a proof that verifies is never made later. */
export async function attachProof(target: LogTarget, path: string): Promise<CheckedProof> {
  const bytes = await readReceiptBytes(path);
  const parsed = receiptFromObject(parseJson(bytes, MAX_RECEIPT_BYTES));
  const held = parsed.receipt.log_inclusion?.proof;
  const { proof } = await logReceipt(target, parsed);
  const kept = await earliestProof(target, leafHash(parsed.entryBytes), proof, [held]);
  if (kept.text === held) sayKept(path, kept);
  else await writeReceipt(path, withProof(parsed.receipt, kept.text));
  return kept;
}

/** `index 3 in a tree of 9, cosigned by w1, w2`, and whose policy says so if it is not the user's. */
export function describeProof({ index, opened, cosigners, isTrusted }: CheckedProof): string {
  const doubt = isTrusted ? '' : ', by the policy of the log itself (verify it with yours)';
  return `index ${index} in a tree of ${opened.checkpoint.size}, cosigned by ${cosigners.join(', ')}${doubt}`;
}
