/**
 * Evidence (docs/spec/evidence.md): two signed checkpoints of one log that contradict each other, in
 * one file that a stranger can verify offline.
 *
 * This module is the document: canonical JSON, one byte form for one piece of evidence, and its
 * identifier. Judging it is `verifyEvidence`, making it is `prove.ts`.
 */
import { sha256 } from '#crypto';
import { checkBytes, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { decodeUtf8, encodeUtf8, equalBytes, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, HASH_BYTES, type Hash } from '../merkle/hash.ts';
import { parseVerifierKey, type VerifierKey } from '../note/key.ts';

export const EVIDENCE_FORMAT = 'tecp-evidence/v1';
/** Largest document, in bytes: two checkpoints at their cap, one signature line each, and a proof. */
export const MAX_EVIDENCE_BYTES = 128 * 1024;
/** Most hashes in a consistency proof. */
export const MAX_EVIDENCE_PROOF_HASHES = 63;

export const EVIDENCE_KINDS = [
  'same-size-fork',
  'different-size-fork',
  'cosigned-backwards',
] as const;

export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/**
 * How much evidence weighs. `proof`: no honest key could have signed both, so it convicts the
 * accused. `anomaly`: an honest witness whose clock stepped back could have, so it convicts nobody
 * and freezes nothing; it is a reason to ask the operator.
 */
export type EvidenceStanding = 'proof' | 'anomaly';

const STANDINGS: Readonly<Record<EvidenceKind, EvidenceStanding>> = {
  'same-size-fork': 'proof',
  'different-size-fork': 'proof',
  'cosigned-backwards': 'anomaly',
};

/** The standing of a kind (docs/spec/evidence.md section 2). Throws RangeError for an unknown one. */
export function standingOf(kind: EvidenceKind): EvidenceStanding {
  checkText(kind, 'kind');
  if (!Object.hasOwn(STANDINGS, kind)) throw new RangeError(`no kind of evidence: "${kind}"`);
  return STANDINGS[kind];
}

export interface Evidence {
  readonly kind: EvidenceKind;
  /** The key that signed both notes: a log's (type 1) or a witness's (type 4 or 6). */
  readonly accused: VerifierKey;
  /** A checkpoint note with the accused's signature line and no other. */
  readonly first: string;
  /** Another such note, of the same origin. */
  readonly second: string;
  /** Root, at the first's size, of the tree of the second; for `different-size-fork` only. */
  readonly otherRoot?: Hash;
  /** Consistency proof from (first's size, otherRoot) to the second; with `otherRoot` only. */
  readonly proof?: readonly Hash[];
}

function badEvidence(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-evidence', message, field);
}

/** The members of the document in ascending order, which is their canonical order. */
function toDocument(evidence: Evidence): Record<string, string | string[]> {
  const { kind, accused, first, second, otherRoot, proof } = evidence;
  return {
    accused: accused.text,
    first,
    format: EVIDENCE_FORMAT,
    kind,
    ...(otherRoot === undefined ? {} : { other_root: encodeBase64(otherRoot) }),
    ...(proof === undefined ? {} : { proof: proof.map(encodeBase64) }),
    second,
  };
}

/**
 * The canonical JSON of evidence (RFC 8785), which is the file. Throws `bad-evidence` for text
 * that is not valid Unicode and `too-large` beyond the cap.
 */
export function encodeEvidence(evidence: Evidence): Uint8Array {
  for (const field of ['first', 'second'] as const) {
    if (!evidence[field].isWellFormed()) throw badEvidence('not valid Unicode', field);
  }
  // Only strings and arrays of strings: JSON.stringify writes them as RFC 8785 does.
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

function readObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes));
  } catch {
    throw badEvidence('not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badEvidence('expected a JSON object');
  }
  return value as Record<string, unknown>;
}

function readString(document: Record<string, unknown>, field: string): string {
  const value = Object.hasOwn(document, field) ? document[field] : undefined;
  if (typeof value !== 'string') throw badEvidence(`expected a string "${field}"`, field);
  return value;
}

function readKind(document: Record<string, unknown>): EvidenceKind {
  const name = readString(document, 'kind');
  const kind = EVIDENCE_KINDS.find((known) => known === name);
  if (kind === undefined) throw badEvidence('not a known kind of evidence', 'kind');
  return kind;
}

/** Runs a reader of the library and gives whatever it throws the code of evidence. */
function readMember<T>(field: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) throw badEvidence(`${field}: ${error.message}`, field);
    throw error;
  }
}

function readHash(text: unknown, field: string): Hash {
  if (typeof text !== 'string') throw badEvidence('expected base64 of 32 bytes', field);
  return readMember(field, () => asHash(decodeBase64(text, HASH_BYTES)));
}

function readProof(document: Record<string, unknown>): Hash[] {
  const list = document.proof;
  if (!Array.isArray(list) || list.length > MAX_EVIDENCE_PROOF_HASHES) {
    throw badEvidence(`expected an array of at most ${MAX_EVIDENCE_PROOF_HASHES} hashes`, 'proof');
  }
  return list.map((hash) => readHash(hash, 'proof'));
}

/**
 * Parses the bytes of a document, which must be its canonical JSON, and does not judge it: see
 * `verifyEvidence`. Throws `bad-evidence`, or `too-large` beyond the cap.
 */
export function parseEvidence(bytes: Uint8Array): Evidence {
  checkBytes(bytes, 'evidence');
  if (bytes.length > MAX_EVIDENCE_BYTES) {
    throw new ProtocolError('too-large', `evidence above ${MAX_EVIDENCE_BYTES} bytes`);
  }
  const document = readObject(bytes);
  if (readString(document, 'format') !== EVIDENCE_FORMAT) {
    throw badEvidence(`expected format ${EVIDENCE_FORMAT}`, 'format');
  }
  const kind = readKind(document);
  const accusedText = readString(document, 'accused');
  const common = {
    kind,
    accused: readMember('accused', () => parseVerifierKey(accusedText)),
    first: readString(document, 'first'),
    second: readString(document, 'second'),
  };
  const evidence: Evidence =
    kind === 'different-size-fork'
      ? {
          ...common,
          otherRoot: readHash(document.other_root, 'other_root'),
          proof: readProof(document),
        }
      : common;
  // Refuses unknown, superfluous and repeated members, white space, other orders and escapes.
  if (!equalBytes(encodeEvidence(evidence), bytes)) throw badEvidence('not in canonical form');
  return evidence;
}
