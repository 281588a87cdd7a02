/**
 * What may enter a log: parse, canonicalise, verify the signature off the main thread.
 *
 * Nothing passes that a verifier would reject. An entry that is too old to be added may still be in
 * the log, and a retry must find it: so age is judged after the log has been asked.
 */
import { verifyEd25519Async } from '#crypto';
import type { EntryType, EntryWarning, ParsedEntry } from '#protocol/entry/entry-type.ts';
import { recogniseEntry } from '#protocol/entry/registry.ts';
import { ReceiptError } from '#protocol/receipt/codes.ts';
import type { LogReader, NewEntry } from './store/store.ts';

export interface AdmittedEntry extends NewEntry {
  /** What its submitter should know. */
  readonly warnings: readonly EntryWarning[];
}

/** Rejects with `ReceiptError` for an entry that is refused. */
export async function admit(
  parsed: ParsedEntry,
  store: Pick<LogReader, 'findLeaves'>,
): Promise<AdmittedEntry> {
  const { bytes, leafHash, signature, refusedIfNew, warnings = [] } = parsed;
  if (signature !== undefined) {
    const { publicKey, message } = signature;
    const verifies = await verifyEd25519Async(publicKey, message, signature.signature);
    if (!verifies) throw new ReceiptError('E-SIG-002', 'signature does not verify', 'sig');
  }
  if (refusedIfNew !== undefined) {
    const [index] = await store.findLeaves([leafHash]);
    if (index === undefined) throw refusedIfNew;
  }
  return { bytes, leafHash, warnings };
}

/**
 * Parses a submission of one type. Bytes that another type of the log would claim are refused:
 * readers judge an entry by what it looks like, so it must have been admitted as that.
 */
export function parseSubmission(
  body: Uint8Array,
  type: EntryType,
  types: readonly EntryType[],
  nowMs: number,
): ParsedEntry {
  const parsed = type.parseSubmission(body, nowMs);
  const claimedBy = recogniseEntry(parsed.bytes, types);
  if (claimedBy !== type) {
    const detail = `these bytes are of type ${claimedBy?.name}: submit them as that`;
    throw new ReceiptError('E-SCHEMA-002', detail);
  }
  return parsed;
}
