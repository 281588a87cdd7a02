/** What a file that a visitor drops is, by its content: its name says nothing. */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { tecpReceipt } from '#protocol/entry/tecp-receipt/tecp-receipt.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  EVIDENCE_FORMAT,
  type EvidenceFile,
  parseEvidenceFile,
} from '#protocol/evidence/evidence.ts';
import { fileContent } from '#protocol/file.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { parseTlogProof, type TlogProof } from '#protocol/proof/tlog-proof.ts';
import { MAX_FILE_BYTES } from './limits.ts';

export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type Recognised =
  /** Its bytes are those of the content, exact. */
  | { readonly kind: 'receipt'; readonly content: Uint8Array }
  | { readonly kind: 'proof'; readonly text: string; readonly proof: TlogProof }
  | { readonly kind: 'checkpoint'; readonly note: string; readonly origin: string }
  | { readonly kind: 'policy'; readonly text: string; readonly policy: Policy }
  | { readonly kind: 'evidence'; readonly file: EvidenceFile }
  /** Looks like evidence or a proof, and is none. */
  | { readonly kind: 'malformed'; readonly what: string; readonly reason: string }
  | { readonly kind: 'bytes'; readonly content: Uint8Array }
  | { readonly kind: 'too-large'; readonly maxBytes: number };

const PROOF_START = 'c2sp.org/tlog-proof@';
const EVIDENCE_START = '{"accused":';
const EVIDENCE_MEMBER = `"format":"${EVIDENCE_FORMAT}"`;

export function recognise({ bytes }: DroppedFile): Recognised {
  if (bytes.length > MAX_FILE_BYTES) return { kind: 'too-large', maxBytes: MAX_FILE_BYTES };
  const content = fileContent(bytes);
  const text = textOf(bytes);
  if (text !== undefined) {
    if (text.startsWith(PROOF_START)) return proofOf(text);
    if (looksLikeEvidence(text)) return evidenceOf(bytes);
    const known = tryTo(() => checkpointOf(text)) ?? tryTo(() => policyOf(text));
    if (known !== undefined) return known;
  }
  if (tecpReceipt.recognises(content)) return { kind: 'receipt', content };
  return bytes.length > MAX_ENTRY_BYTES
    ? { kind: 'too-large', maxBytes: MAX_ENTRY_BYTES }
    : { kind: 'bytes', content: bytes };
}

function looksLikeEvidence(text: string): boolean {
  return text.startsWith(EVIDENCE_START) && text.includes(EVIDENCE_MEMBER);
}

function proofOf(text: string): Recognised {
  try {
    return { kind: 'proof', text, proof: parseTlogProof(text) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: 'malformed', what: 'an offline proof', reason: error.message };
  }
}

function evidenceOf(bytes: Uint8Array): Recognised {
  try {
    return { kind: 'evidence', file: parseEvidenceFile(bytes) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { kind: 'malformed', what: 'evidence', reason: error.message };
  }
}

function checkpointOf(note: string): Recognised {
  const { origin } = parseCheckpoint(parseNote(note).text);
  return { kind: 'checkpoint', note, origin };
}

function policyOf(text: string): Recognised {
  return { kind: 'policy', text, policy: parsePolicy(text) };
}

function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function textOf(bytes: Uint8Array): string | undefined {
  return tryTo(() => decodeUtf8(bytes));
}
