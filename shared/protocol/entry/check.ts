/**
 * What an entry is, and whether it may stand in its log: the same few steps for the log that admits it
 * and for every reader (docs/spec/entry-types.md section 2).
 */
import { EntryError, type EntryErrorCode } from '../errors.ts';
import type { EntryType, ParsedEntry } from './entry-type.ts';

/** The type that these logged bytes claim, out of those that a log carries. */
export function recogniseEntry(
  entry: Uint8Array,
  types: readonly EntryType[],
): EntryType | undefined {
  return types.find((type) => type.recognises(entry));
}

/**
 * Whether a logged entry is what its log admits: its form, and its signature. Throws `EntryError`.
 * Returns the name of its type.
 */
export function checkEntry(entry: Uint8Array, types: readonly EntryType[]): string {
  const type = recogniseEntry(entry, types);
  if (type === undefined) throw wrongType('not an entry of a type that this log carries');
  type.parseEntry(entry).verify();
  return type.name;
}

/**
 * Parses a submission by the type that it claims, out of those of a media type. Throws `EntryError`,
 * also for bytes that another type of the log would claim: readers judge an entry by what it looks
 * like, so it must be admitted as that.
 */
export function parseSubmission(
  body: Uint8Array,
  mediaType: string,
  types: readonly EntryType[],
  nowMs: number,
): ParsedEntry {
  const type = typeOfSubmission(
    body,
    types.filter((known) => known.mediaType === mediaType),
  );
  const parsed = type.parseSubmission(body, nowMs);
  const claimedBy = recogniseEntry(parsed.bytes, types);
  if (claimedBy === type) return parsed;
  throw wrongType(`these bytes are of type ${claimedBy?.name}: submit them as that`);
}

/** A type that is alone needs no recognition: it says best what is wrong with bytes of no type. */
function typeOfSubmission(body: Uint8Array, types: readonly EntryType[]): EntryType {
  const type = types.length === 1 ? types[0] : types.find((it) => it.recognisesSubmission(body));
  if (type !== undefined) return type;
  const names = types.map(({ name }) => name).join(' or ');
  throw wrongType(`expected a submission of type ${names}`);
}

function wrongType(detail: string): EntryError<EntryErrorCode> {
  return new EntryError('E-SCHEMA-002', detail);
}
