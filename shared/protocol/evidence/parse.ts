/**
 * Reading a document of evidence (docs/spec/evidence.md section 3). What is read is written again and
 * compared, so that one piece of evidence has one byte form and one identifier.
 */
import { checkBytes } from '../arguments.ts';
import { decodeBase64 } from '../base64.ts';
import { decodeUtf8, equalBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, HASH_BYTES, type Hash } from '../merkle/hash.ts';
import { MAX_ENTRY_BYTES } from '../merkle/tiles.ts';
import { parseVerifierKey } from '../note/key.ts';
import {
  badEvidence,
  EVIDENCE_FORMAT,
  type Evidence,
  encodeEvidence,
  MAX_EVIDENCE_BYTES,
  MAX_EVIDENCE_PROOF_HASHES,
  type ProvenLeaf,
} from './document.ts';
import { ENTRY_RULES, type EntryRules } from './entry-rules.ts';
import { EVIDENCE_KINDS, type EvidenceKind } from './kinds.ts';

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

function readProof(document: Record<string, unknown>, field: string): Hash[] {
  const list = document[field];
  if (!Array.isArray(list) || list.length > MAX_EVIDENCE_PROOF_HASHES) {
    throw badEvidence(`expected an array of at most ${MAX_EVIDENCE_PROOF_HASHES} hashes`, field);
  }
  return list.map((hash) => readHash(hash, field));
}

function readIndex({ index }: Record<string, unknown>): number {
  if (Number.isSafeInteger(index) && (index as number) >= 0) return index as number;
  throw badEvidence('expected an index from 0 to 2^53-1', 'index');
}

function readEntry(document: Record<string, unknown>): Uint8Array {
  const text = readString(document, 'entry');
  const entry = readMember('entry', () => decodeBase64(text));
  if (entry.length <= MAX_ENTRY_BYTES) return entry;
  throw badEvidence(`an entry has at most ${MAX_ENTRY_BYTES} bytes`, 'entry');
}

function readRules(document: Record<string, unknown>): EntryRules {
  const name = readString(document, 'rules');
  const rules = ENTRY_RULES.find((known) => known === name);
  if (rules === undefined) throw badEvidence('not known rules for entries', 'rules');
  return rules;
}

function readLeaf(document: Record<string, unknown>, side: string): ProvenLeaf {
  const leaf = readHash(document[`${side}_leaf`], `${side}_leaf`);
  return { leaf, proof: readProof(document, `${side}_proof`) };
}

/** What a kind has beyond the accused and the first note. */
function readOwn(kind: EvidenceKind, document: Record<string, unknown>) {
  if (kind === 'invalid-entry') {
    const [entry, index] = [readEntry(document), readIndex(document)];
    return { kind, entry, index, proof: readProof(document, 'proof'), rules: readRules(document) };
  }
  const pair = { kind, second: readString(document, 'second') };
  switch (kind) {
    case 'different-size-fork': {
      const otherRoot = readHash(document.other_root, 'other_root');
      return { ...pair, otherRoot, proof: readProof(document, 'proof') };
    }
    case 'same-index-fork': {
      const [first, second] = [readLeaf(document, 'first'), readLeaf(document, 'second')];
      return { ...pair, leaves: { index: readIndex(document), first, second } };
    }
    default:
      return pair;
  }
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
  const accused = readMember('accused', () => parseVerifierKey(accusedText));
  const first = readString(document, 'first');
  const evidence: Evidence = { accused, first, ...readOwn(kind, document) };
  // Refuses unknown, superfluous and repeated members, white space, other orders and escapes.
  if (!equalBytes(encodeEvidence(evidence), bytes)) throw badEvidence('not in canonical form');
  return evidence;
}
