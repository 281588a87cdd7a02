/**
 * One entry as the explorer shows it, against the checkpoint that it must lead to: its bytes are in the tree at that
 * index, everything else that is said of it follows from these bytes, and a receipt is judged as `tecp verify` judges
 * it. What a page shows of an entry, it takes from here, where it is decoded from the bytes. Throws for no answer.
 */
import type { EntryAnswer, EntrySummary } from '#explorer/search/answers.ts';
import { type DescribedEntry, describeEntry } from '#explorer/search/described-entry.ts';
import { differenceOf, summaryOf } from '#explorer/search/summary.ts';
import { decodeBase64 } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import { checkEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EntryError, ProtocolError } from '#protocol/errors.ts';
import { asHash, type Hash, type LeafHash, leafHash } from '#protocol/merkle/hash.ts';
import { verifyInclusion } from '#protocol/merkle/proof.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import type { CheckpointVerdict } from '../checkpoints/judge-checkpoint.ts';
import { type Finding, type FindingCode, finding } from '../findings.ts';
import { judgeLoggedReceipt, type LoggedReceipt } from './logged-receipt.ts';

/** What bytes are, whatever was said of them. */
export interface DecodedEntry extends DescribedEntry {
  readonly bytes: Uint8Array;
  readonly leafHash: LeafHash;
  /** From the leaf's sibling upwards, as the explorer sent it. */
  readonly proof: readonly Hash[];
  readonly summary: EntrySummary;
  /** Why it must not stand in a log that carries these types. */
  readonly fault?: { readonly code: string; readonly message: string };
}

export interface EntryVerdict {
  readonly log: string;
  readonly index: number;
  /** Undefined where the bytes or the proof cannot be decoded. */
  readonly decoded: DecodedEntry | undefined;
  /** In the tree of the checkpoint, which is verified, and all that is said of it agrees. */
  readonly isVerified: boolean;
  readonly isIncluded: boolean;
  /** Of a receipt in a tree that is verified. */
  readonly receipt?: LoggedReceipt;
  /** Its own, not those of the checkpoint. */
  readonly findings: readonly Finding[];
}

export interface EntryContext {
  readonly checkpoint: CheckpointVerdict;
  /** Those that are looked for in this log. */
  readonly types: readonly EntryType[];
  readonly nowMs: number;
}

export function judgeEntry(answer: EntryAnswer, context: EntryContext): EntryVerdict {
  const { log, index } = answer;
  const decoded = decode(answer, context.types);
  if (decoded instanceof ProtocolError) {
    const findings = [finding('entry-form', 'base64 of its bytes', decoded.message, answer)];
    return { log, index, decoded: undefined, isVerified: false, isIncluded: false, findings };
  }
  const inclusion = inclusionFaultOf(answer, decoded, context.checkpoint);
  const findings = [...inclusion, ...sayingFaultsOf(answer, decoded)];
  const isIncluded = inclusion.length === 0;
  const isVerified = findings.length === 0 && context.checkpoint.isVerified;
  const facts = { log, index, decoded, isIncluded, isVerified, findings };
  if (!isIncluded || decoded.type !== 'tecp-receipt') return facts;
  const receipt = judgeLoggedReceipt(decoded.bytes, { index, proof: decoded.proof }, context);
  return receipt === undefined ? facts : { ...facts, receipt };
}

function decode(answer: EntryAnswer, types: readonly EntryType[]): DecodedEntry | ProtocolError {
  try {
    const bytes = decodeBase64(answer.entry);
    if (bytes.length > MAX_ENTRY_BYTES) return new ProtocolError('too-large', 'a larger entry');
    const proof = answer.proof.map((hash) => asHash(decodeBase64(hash)));
    const described = describeEntry(bytes, types);
    const summary = summaryOf(described.description);
    const decoded = { ...described, bytes, leafHash: leafHash(bytes), proof, summary };
    const fault = faultOf(bytes, types);
    return fault === undefined ? decoded : { ...decoded, fault };
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function faultOf(bytes: Uint8Array, types: readonly EntryType[]) {
  try {
    checkEntry(bytes, types);
    return undefined;
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    return { code: error.code, message: error.message };
  }
}

function inclusionFaultOf(
  place: EntryAnswer,
  { leafHash: leaf, proof }: DecodedEntry,
  { checkpoint }: CheckpointVerdict,
): Finding[] {
  if (checkpoint === undefined) return [finding('entry-proof', 'a checkpoint', 'none', place)];
  const { size, root } = checkpoint;
  if (place.index >= size) {
    return [finding('entry-beyond', `an index below ${size}`, `${place.index}`, place)];
  }
  if (verifyInclusion(leaf, place.index, size, proof, root)) return [];
  const expected = `a proof of the root ${toHex(root)}`;
  const got = `${proof.length} hashes that do not lead to it from leaf ${toHex(leaf)}`;
  return [finding('entry-proof', expected, got, place)];
}

/** What is said of it, and does not follow from its bytes. */
function sayingFaultsOf(answer: EntryAnswer, decoded: DecodedEntry): Finding[] {
  const found: Finding[] = [];
  const check = (code: FindingCode, expected: string, got: string) => {
    if (expected !== got) found.push(finding(code, expected, got, answer));
  };
  check('entry-leaf-hash', toHex(decoded.leafHash), answer.leaf_hash);
  check('entry-type', decoded.type, answer.type);
  const difference = differenceOf(decoded.summary, answer.summary);
  if (difference !== undefined) check('entry-summary', difference.expected, difference.got);
  // An explorer that judges no entries says of none that it is bad.
  if (answer.fault !== undefined) {
    check('entry-fault', decoded.fault?.code ?? 'nothing wrong', answer.fault);
  }
  return found;
}
