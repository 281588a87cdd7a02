/** The entry types that a log may carry, and the check that every reader of a log applies. */
import { verifyEd25519Async } from '#crypto';
import { ReceiptError } from '../receipt/codes.ts';
import type { EntryType } from './entry-type.ts';
import { opaque } from './opaque.ts';
import { tecpReceipt } from './tecp-receipt.ts';

/** In the order in which entries are recognised: the one that takes any bytes comes last. */
const ENTRY_TYPES: readonly EntryType[] = [tecpReceipt, opaque];

export const ENTRY_TYPE_NAMES: readonly string[] = ENTRY_TYPES.map(({ name }) => name);

/** The types of these names, in recognition order. Throws RangeError for an unknown name. */
export function entryTypes(names: readonly string[]): readonly EntryType[] {
  const unknown = names.find((name) => !ENTRY_TYPE_NAMES.includes(name));
  if (unknown !== undefined) {
    const known = ENTRY_TYPE_NAMES.join(', ');
    throw new RangeError(`expected an entry type of ${known}, got "${unknown}"`);
  }
  return ENTRY_TYPES.filter(({ name }) => names.includes(name));
}

/** The type that these logged bytes claim, out of those that a log carries. */
export function recogniseEntry(entry: Uint8Array, types: readonly EntryType[]) {
  return types.find((type) => type.recognises(entry));
}

/**
 * Whether a logged entry is what its log admits: its form, and its signature. Rejects with
 * `ReceiptError`; the answer is the name of its type.
 */
export async function checkEntry(entry: Uint8Array, types: readonly EntryType[]): Promise<string> {
  const type = recogniseEntry(entry, types);
  if (type === undefined) {
    throw new ReceiptError('E-SCHEMA-002', 'not an entry of a type that this log carries');
  }
  const { bytes, signature } = type.parseEntry(entry);
  if (bytes.length !== entry.length) {
    throw new ReceiptError('E-SCHEMA-003', 'entry with members that are never logged');
  }
  if (signature !== undefined) {
    const { publicKey, message } = signature;
    const verifies = await verifyEd25519Async(publicKey, message, signature.signature);
    if (!verifies) throw new ReceiptError('E-SIG-002', 'signature does not verify', 'sig');
  }
  return type.name;
}
