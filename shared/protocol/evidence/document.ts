/**
 * Evidence (docs/spec/evidence.md): what a key signed against itself or against its rules, in one
 * document that a stranger can verify offline.
 *
 * This module is the document: canonical JSON, one byte form for one piece of evidence, and its
 * identifier. Reading it is `parse.ts`, judging it `verify.ts`, making it `prove.ts`.
 */
import { sha256 } from '#crypto';
import { encodeBase64 } from '../base64.ts';
import { encodeUtf8, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Hash } from '../merkle/hash.ts';
import type { VerifierKey } from '../note/key.ts';
import type { EntryRules } from './entry-rules.ts';
import type { ContradictionKind } from './kinds.ts';

export const EVIDENCE_FORMAT = 'tecp-evidence/v1';
/** Largest document, in bytes: two checkpoints at their cap, one signature line each, and a proof. */
export const MAX_EVIDENCE_BYTES = 128 * 1024;
/** Most hashes in a proof. */
export const MAX_EVIDENCE_PROOF_HASHES = 63;

interface Accusation {
  /** The key that signed: a log's or a witness's. */
  readonly accused: VerifierKey;
  /** A checkpoint note with the accused's signature line and no other. */
  readonly first: string;
}

/** Two notes of one key that contradict each other. */
export interface Contradiction extends Accusation {
  readonly kind: ContradictionKind;
  /** Another such note, of the same origin. */
  readonly second: string;
  /** Root, at the first's size, of the tree of the second; for `different-size-fork` only. */
  readonly otherRoot?: Hash;
  /** Consistency proof from (first's size, otherRoot) to the second; with `otherRoot` only. */
  readonly proof?: readonly Hash[];
  /** What each tree has at one index; for `same-index-fork` only. */
  readonly leaves?: LeavesAtIndex;
}

/** The leaf that each of two trees has at an index. */
export interface LeavesAtIndex {
  readonly index: number;
  readonly first: ProvenLeaf;
  readonly second: ProvenLeaf;
}

export interface ProvenLeaf {
  readonly leaf: Hash;
  /** Audit path to the root of its tree. */
  readonly proof: readonly Hash[];
}

/** A tree that the accused signed, with an entry in it that rules refuse. */
export interface RefusedEntry extends Accusation {
  readonly kind: 'invalid-entry';
  /** Its bytes, as logged. */
  readonly entry: Uint8Array;
  readonly index: number;
  /** Audit path of the entry in the tree of the note. */
  readonly proof: readonly Hash[];
  /** Name of the rules that refuse it. */
  readonly rules: EntryRules;
}

export type Evidence = Contradiction | RefusedEntry;

export function badEvidence(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-evidence', message, field);
}

type Document = Record<string, string | number | string[]>;

/** The members of the document in ascending order, which is their canonical order. */
function toDocument(evidence: Evidence): Document {
  const { kind, accused, first } = evidence;
  const common = { accused: accused.text, first, format: EVIDENCE_FORMAT, kind };
  const own = kind === 'invalid-entry' ? entryMembers(evidence) : pairMembers(evidence);
  return Object.fromEntries(
    Object.entries({ ...common, ...own }).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function entryMembers({ entry, index, proof, rules }: RefusedEntry): Document {
  return { entry: encodeBase64(entry), index, proof: proof.map(encodeBase64), rules };
}

function pairMembers({ second, otherRoot, proof, leaves }: Contradiction): Document {
  return {
    second,
    ...(otherRoot === undefined ? {} : { other_root: encodeBase64(otherRoot) }),
    ...(proof === undefined ? {} : { proof: proof.map(encodeBase64) }),
    ...(leaves === undefined ? {} : leafMembers(leaves)),
  };
}

function leafMembers({ index, first, second }: LeavesAtIndex): Document {
  return {
    first_leaf: encodeBase64(first.leaf),
    first_proof: first.proof.map(encodeBase64),
    index,
    second_leaf: encodeBase64(second.leaf),
    second_proof: second.proof.map(encodeBase64),
  };
}

/**
 * The canonical JSON of evidence (RFC 8785), which is the document. Throws `bad-evidence` for text
 * that is not valid Unicode and `too-large` beyond the cap.
 */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  for (const field of ['first', 'second'] as const) {
    const note = field in evidence ? (evidence as Contradiction)[field] : '';
    if (!note.isWellFormed()) throw badEvidence('not valid Unicode', field);
  }
  // Strings, whole numbers and arrays of strings: JSON.stringify writes them as RFC 8785 does.
  const bytes = encodeUtf8(JSON.stringify(toDocument(evidence)));
  if (bytes.length > MAX_EVIDENCE_BYTES) {
    throw new ProtocolError('too-large', `evidence above ${MAX_EVIDENCE_BYTES} bytes`);
  }
  return bytes;
}

/** Lowercase hex SHA-256 of the document: what evidence is called everywhere. */
export function evidenceId(evidence: Evidence): string {
  return toHex(sha256(encodeEvidence(evidence)));
}
