/**
 * Which of several proofs of one entry is kept: the earliest that verifies.
 *
 * A proof under a later checkpoint shows a later time, at which the receipt may have been too old. So
 * a file whose proof verifies is never given a later one.
 */
import { stat } from 'node:fs/promises';
import { ProtocolError } from '#protocol/errors.ts';
import { parseJson } from '#protocol/json/canonical.ts';
import { type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { MAX_PROOF_BYTES, parseTlogProof } from '#protocol/proof/tlog-proof.ts';
import { receiptFromObject } from '#protocol/receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '#protocol/receipt/types.ts';
import { describeFileError, errorCode } from '#service/errors.ts';
import { CommandError, isBadForm, unusable } from './errors.ts';
import { readInput } from './files.ts';
import { type CheckedProof, checkProof, type LogTarget } from './log-target.ts';
import { formatTime, say } from './print.ts';

/** The earliest of the proofs that verify; of equally early ones that which was there before. */
export async function earliestProof(
  target: LogTarget,
  leaf: LeafHash,
  offered: CheckedProof,
  known: readonly (string | undefined)[],
): Promise<CheckedProof> {
  let best: CheckedProof | undefined;
  for (const text of known) {
    const checked = text === undefined ? undefined : await ifValid(target, text, leaf);
    if (checked !== undefined && (best === undefined || isEarlier(checked, best))) best = checked;
  }
  return best === undefined || isEarlier(offered, best) ? offered : best;
}

async function ifValid(
  target: LogTarget,
  text: string,
  leaf: LeafHash,
): Promise<CheckedProof | undefined> {
  try {
    return await checkProof(target, text, leaf);
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Says that a file has, or gets, a proof that was there before. */
export function sayKept(
  where: string,
  { opened: { quorumTimeSeconds: time } }: CheckedProof,
): void {
  const since = time === undefined ? '' : `, cosigned by ${formatTime(time * 1000)}`;
  say(`kept in ${where}: the proof that was there before${since}`);
}

function isEarlier({ opened }: CheckedProof, { opened: than }: CheckedProof): boolean {
  const [time, otherTime] = [opened.quorumTimeSeconds, than.quorumTimeSeconds];
  return time !== undefined && otherTime !== undefined && time < otherTime;
}

/**
 * The proof in a file that is to get one of this receipt; undefined where the file is new or empty, or
 * has the receipt without one. A file that holds anything else is refused, as it would be lost.
 */
export async function proofInReceiptFile(
  path: string,
  leaf: LeafHash,
): Promise<string | undefined> {
  const bytes = await readExisting(path, 2 * MAX_RECEIPT_BYTES);
  if (bytes === undefined) return undefined;
  try {
    const held = receiptFromObject(parseJson(bytes, MAX_RECEIPT_BYTES));
    if (Buffer.compare(leafHash(held.entryBytes), leaf) === 0)
      return held.receipt.log_inclusion?.proof;
  } catch (error) {
    if (!isBadForm(error)) throw error;
  }
  throw unusable(`${path} holds something else than this receipt; choose another file with --out.`);
}

/** As `proofInReceiptFile`, of a file that is to hold a tlog-proof and nothing else. */
export async function proofInProofFile(path: string): Promise<string | undefined> {
  const bytes = await readExisting(path, MAX_PROOF_BYTES);
  if (bytes === undefined) return undefined;
  const text = bytes.toString();
  try {
    parseTlogProof(text);
    return text;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(`${path} holds something else than a proof; choose another file with --out.`);
  }
}

/** Whether a proof is of the entry that a checked one is of, or at least says so. */
export function isOfSameEntry(text: string, { index, opened }: CheckedProof): boolean {
  const proof = parseTlogProof(text);
  return proof.index === index && proof.checkpoint.startsWith(`${opened.checkpoint.origin}\n`);
}

/** The bytes of a file that is there and not empty. */
async function readExisting(path: string, maxBytes: number): Promise<Buffer | undefined> {
  try {
    const info = await stat(path);
    if (!info.isFile()) throw unusable(`${path} is not a regular file; choose another with --out.`);
    if (info.size === 0) return undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    if (error instanceof CommandError) throw error;
    throw unusable(`Cannot read ${path}: ${describeFileError(error)}.`);
  }
  return await readInput(path, maxBytes);
}
