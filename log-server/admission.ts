/**
 * What may enter a log. Its entry type parses it, makes it canonical and verifies it.
 *
 * Nothing passes that a verifier would reject. An entry that is too old to be added may still be in
 * the log, and a retry must find it: so age is judged after the log has been asked.
 */
import type { EntryWarning, ParsedEntry } from '#protocol/entry/entry-type.ts';
import type { EntryError } from '#protocol/errors.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import type { LogReader, NewEntry } from './store/store.ts';

export interface AdmittedEntry extends NewEntry {
  /** What its submitter should know. */
  readonly warnings: readonly EntryWarning[];
}

/** Throws `EntryError` for an entry that is refused, or rejects with it if the log was asked. */
export function admit(
  parsed: ParsedEntry,
  store: Pick<LogReader, 'findLeaves'>,
): AdmittedEntry | Promise<AdmittedEntry> {
  const { bytes, refusedIfNew, warnings = [] } = parsed;
  parsed.verify();
  const admitted = { bytes, leafHash: leafHash(bytes), warnings };
  return refusedIfNew === undefined ? admitted : ifKnown(admitted, store, refusedIfNew);
}

async function ifKnown(
  admitted: AdmittedEntry,
  store: Pick<LogReader, 'findLeaves'>,
  refusal: EntryError,
): Promise<AdmittedEntry> {
  const [index] = await store.findLeaves([admitted.leafHash]);
  if (index === undefined) throw refusal;
  return admitted;
}
