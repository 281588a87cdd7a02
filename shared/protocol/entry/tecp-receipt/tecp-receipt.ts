/**
 * Entry type `tecp-receipt`: a TECP-0.1 receipt (docs/spec/receipt.md), logged in canonical form.
 *
 * A submission may come in any JSON form that means one receipt; its timestamp must then be within
 * the widest profile, unless the log has it already.
 */
import { verifyEd25519 } from '#crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/canonical.ts';
import { peekString } from '../../json/peek.ts';
import { RECEIPT_ERRORS, ReceiptError } from '../../receipt/codes.ts';
import { checkTimestamp, DEFAULT_PROFILE } from '../../receipt/profiles.ts';
import { type ParsedReceipt, parseReceipt } from '../../receipt/receipt.ts';
import { RECEIPT_SCHEMA } from '../../receipt/schema.ts';
import { MAX_RECEIPT_BYTES } from '../../receipt/types.ts';
import {
  type EntryDescription,
  type EntryType,
  type EntryWarning,
  JSON_MEDIA_TYPE,
  type ParsedEntry,
} from '../entry-type.ts';
import { factsOf } from './facts.ts';
import { parseAnyForm } from './submission.ts';

/** The profile with the widest limits: what every verifier would refuse is refused here. */
const ADMISSION_PROFILE = 'tecp-lite';
const RECOGNISED_START = '{"';
const VERSION_START = 'TECP-';
const VERSION_MEMBER = `"version":"${VERSION_START}`;
// A byte order mark is part of the entry: bytes that begin with one do not look like a receipt.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function asEntry(parsed: ParsedReceipt): ParsedEntry {
  return { bytes: parsed.entryBytes, verify: () => verifySignature(parsed) };
}

function verifySignature({ publicKey, signedBytes, signature }: ParsedReceipt): void {
  if (verifyEd25519(publicKey, signedBytes, signature)) return;
  throw new ReceiptError('E-SIG-002', 'signature does not verify', 'sig');
}

/** An old receipt is taken, though most verifiers will refuse it: its submitter should know now. */
function warningsOf({ receipt }: ParsedReceipt, nowMs: number): EntryWarning[] {
  if (checkTimestamp(receipt.ts, DEFAULT_PROFILE, nowMs) !== 'E-TS-003') return [];
  const message =
    `older than the default profile ${DEFAULT_PROFILE} allows: unless it was logged in time before, ` +
    `it verifies with the profile ${ADMISSION_PROFILE} only`;
  return [{ code: 'W-TS-002', message, field: 'ts' }];
}

function parseSubmission(body: Uint8Array, nowMs: number): ParsedEntry {
  const parsed = parseAnyForm(body);
  const code = checkTimestamp(parsed.receipt.ts, ADMISSION_PROFILE, nowMs);
  // A copy, so that an entry that waits to be written does not keep the rest of a batch in memory.
  const entry = { ...asEntry(parsed), bytes: new Uint8Array(parsed.entryBytes) };
  if (code === undefined) return { ...entry, warnings: warningsOf(parsed, nowMs) };
  const detail = `timestamp outside the limits of ${ADMISSION_PROFILE}`;
  return { ...entry, refusedIfNew: new ReceiptError(code, detail, 'ts') };
}

function parseLogged(entry: Uint8Array): ParsedReceipt {
  const parsed = parseReceipt(entry);
  if (parsed.entryBytes.length === entry.length) return parsed;
  throw new ReceiptError('E-SCHEMA-003', 'entry with members that are never logged');
}

/** Why these bytes must not stand in a log as a receipt. */
export function faultOfReceipt(entry: Uint8Array): ReceiptError | undefined {
  try {
    verifySignature(parseLogged(entry));
    return undefined;
  } catch (error) {
    if (error instanceof ReceiptError) return error;
    throw error;
  }
}

function describe(entry: Uint8Array): EntryDescription {
  const members = membersOf(entry);
  const facts = factsOf(members);
  const { code_ref: title, ts: timeMs } = members;
  if (typeof title !== 'string') {
    return { title: `malformed receipt of ${entry.length} bytes`, facts };
  }
  return Number.isSafeInteger(timeMs)
    ? { title, timeMs: timeMs as number, facts }
    : { title, facts };
}

/** The members of bytes that may be no receipt at all. */
function membersOf(entry: Uint8Array): JsonObject {
  try {
    const value: JsonValue = JSON.parse(decoder.decode(entry));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

export const tecpReceipt: EntryType = {
  name: 'tecp-receipt',
  mediaType: JSON_MEDIA_TYPE,
  maxSubmissionBytes: MAX_RECEIPT_BYTES,
  errors: RECEIPT_ERRORS,
  schema: { name: 'Receipt', schema: RECEIPT_SCHEMA },
  recognises(entry) {
    const text = decoder.decode(entry);
    return text.startsWith(RECOGNISED_START) && text.includes(VERSION_MEMBER);
  },
  recognisesSubmission: (body) => peekString(body, 'version')?.startsWith(VERSION_START) === true,
  parseSubmission,
  parseEntry: (entry) => asEntry(parseLogged(entry)),
  describe,
};
