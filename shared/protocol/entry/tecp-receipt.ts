/**
 * Entry type `tecp-receipt`: a TECP-0.1 receipt (docs/spec/receipt.md), logged in canonical form.
 *
 * A submission may come in any JSON form that means one receipt; its timestamp must then be within
 * the widest profile, unless the log has it already.
 */
import { checkBytes } from '../arguments.ts';
import { ProtocolError } from '../errors.ts';
import { parseJson } from '../json/canonical.ts';
import { ReceiptError } from '../receipt/codes.ts';
import { checkTimestamp, DEFAULT_PROFILE } from '../receipt/profiles.ts';
import { type ParsedReceipt, parseReceipt, receiptFromObject } from '../receipt/receipt.ts';
import { MAX_RECEIPT_BYTES } from '../receipt/types.ts';
import type { EntryType, EntryWarning, ParsedEntry } from './entry-type.ts';

/** The profile with the widest limits: what every verifier would refuse is refused here. */
const ADMISSION_PROFILE = 'tecp-lite';
const RECOGNISED_START = '{"';
const VERSION_MEMBER = '"version":"TECP-';
/** Most bytes of a submission outside its strings, the quotes counted: white space eight times an entry. */
const MAX_OUTSIDE_STRINGS = 65_536;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
// A byte order mark is part of the entry: bytes that begin with one do not look like a receipt.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function asEntry(parsed: ParsedReceipt): ParsedEntry {
  const { entryBytes, leafHash, publicKey, signedBytes, signature } = parsed;
  return { bytes: entryBytes, leafHash, signature: { publicKey, message: signedBytes, signature } };
}

/**
 * Throws E-SIZE-001 for a body that is too large, or has too much outside its strings. A proof is one long
 * string, and cheap; a body of as many bytes that is all numbers or members takes half a second to
 * parse.
 */
function checkSizes(body: Uint8Array): void {
  checkBytes(body, 'submission');
  if (body.length > MAX_RECEIPT_BYTES) {
    const detail = `${body.length} bytes, at most ${MAX_RECEIPT_BYTES} are allowed`;
    throw new ReceiptError('E-SIZE-001', detail);
  }
  let outside = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH) i++;
    if (!inString || byte === QUOTE) outside++;
  }
  if (outside > MAX_OUTSIDE_STRINGS) {
    const detail = `${outside} bytes outside of strings, at most ${MAX_OUTSIDE_STRINGS} are allowed`;
    throw new ReceiptError('E-SIZE-001', detail);
  }
}

/** An old receipt is taken, though most verifiers will refuse it: its submitter should know now. */
function warningsOf({ receipt }: ParsedReceipt, nowMs: number): EntryWarning[] {
  if (checkTimestamp(receipt.ts, DEFAULT_PROFILE, nowMs) !== 'E-TS-003') return [];
  const message =
    `older than the default profile ${DEFAULT_PROFILE} allows: unless it was logged in time before, ` +
    `it verifies with the profile ${ADMISSION_PROFILE} only`;
  return [{ code: 'W-TS-002', message, field: 'ts' }];
}

/** Canonical bytes take the short way; other spellings of one receipt are parsed strictly. */
function parseAnyForm(body: Uint8Array): ParsedReceipt {
  try {
    return parseReceipt(body);
  } catch (error) {
    if (!(error instanceof ReceiptError) || error.code !== 'E-SCHEMA-003') throw error;
    return receiptFromObject(parseStrictly(body));
  }
}

function parseStrictly(body: Uint8Array) {
  try {
    return parseJson(body, MAX_RECEIPT_BYTES);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'too-large' ? 'E-SIZE-001' : 'E-SCHEMA-003';
    throw new ReceiptError(code, error.message);
  }
}

export const tecpReceipt: EntryType = {
  name: 'tecp-receipt',
  mediaType: 'application/json',
  recognises(entry) {
    const text = decoder.decode(entry);
    return text.startsWith(RECOGNISED_START) && text.includes(VERSION_MEMBER);
  },
  parseSubmission(body, nowMs) {
    checkSizes(body);
    const parsed = parseAnyForm(body);
    const code = checkTimestamp(parsed.receipt.ts, ADMISSION_PROFILE, nowMs);
    const entry = asEntry(parsed);
    if (code === undefined) return { ...entry, warnings: warningsOf(parsed, nowMs) };
    const detail = `timestamp outside the limits of ${ADMISSION_PROFILE}`;
    return { ...entry, refusedIfNew: new ReceiptError(code, detail, 'ts') };
  },
  parseEntry: (entry) => asEntry(parseReceipt(entry)),
};
