/**
 * The verdict on a receipt in a log, as `tecp verify` gives it (docs/spec/receipt.md section 7), with the proof that
 * the explorer sent put in.
 *
 * An explorer proves an entry by today's checkpoint. That shows that it was logged by now, and not when: so whether
 * it was submitted in time is not judged by this proof, and that is said.
 */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { formatTlogProof } from '#protocol/proof/tlog-proof.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import { withProof } from '#protocol/receipt/create.ts';
import { parseReceipt } from '#protocol/receipt/receipt.ts';
import type { Receipt } from '#protocol/receipt/types.ts';
import { type Verdict, verifyReceipt } from '#protocol/receipt/verify.ts';
import type { CheckpointVerdict } from '../checkpoints/judge-checkpoint.ts';

export interface LoggedReceipt {
  readonly receipt: Receipt;
  /** Without what this proof cannot show. */
  readonly verdict: Verdict;
  /** Whether by the time of this proof it is older than the profile allows, which an earlier one might not show. */
  readonly isOldByThisProof: boolean;
}

interface Context {
  readonly checkpoint: CheckpointVerdict;
  readonly types: readonly EntryType[];
  readonly nowMs: number;
}

const TOO_OLD = 'E-TS-003';

/** Undefined for bytes that have not the form of a receipt: their fault says so. */
export function judgeLoggedReceipt(
  bytes: Uint8Array,
  { index, proof }: { readonly index: number; readonly proof: readonly Hash[] },
  { checkpoint: { note, trust }, nowMs }: Context,
): LoggedReceipt | undefined {
  const receipt = receiptOf(bytes);
  if (receipt === undefined) return undefined;
  const policy = trust.policy === undefined ? {} : { policy: trust.policy };
  const proven = withProof(receipt, proofText({ index, hashes: proof, checkpoint: note }));
  const verdict = verifyReceipt(proven, { nowMs, ...policy });
  const errors = verdict.errors.filter(({ code }) => code !== TOO_OLD);
  const isOldByThisProof = errors.length < verdict.errors.length;
  return { receipt, verdict: { ...verdict, errors, valid: errors.length === 0 }, isOldByThisProof };
}

function proofText(proof: Parameters<typeof formatTlogProof>[0]): string {
  try {
    return formatTlogProof(proof);
  } catch (error) {
    // A note that no proof can hold is judged as one that verifies nothing.
    if (error instanceof ProtocolError) return '';
    throw error;
  }
}

function receiptOf(bytes: Uint8Array): Receipt | undefined {
  try {
    return parseReceipt(bytes).receipt;
  } catch (error) {
    if (error instanceof ReceiptError) return undefined;
    throw error;
  }
}
