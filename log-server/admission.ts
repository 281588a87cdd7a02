/**
 * What may enter a log. Its entry type parses it, makes it canonical and verifies it.
 *
 * Nothing passes that a verifier would reject. An entry that is too old to be added may still be in
 * the log, and a retry must find it: so age is judged after the log has been asked.
 */
import type { EntryWarning, ParsedEntry } from '#protocol/entry/entry-type.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import type { LogReader, NewEntry } from './store/store.ts';

export interface AdmittedEntry extends NewEntry {
  /** What its submitter should know. */
  readonly warnings: readonly EntryWarning[];
}

/** Rejects with `EntryError` for an entry that is refused. */
export async function admit(
  parsed: ParsedEntry,
  store: Pick<LogReader, 'findLeaves'>,
): Promise<AdmittedEntry> {
  const { bytes, refusedIfNew, warnings = [] } = parsed;
  parsed.verify();
  const leaf = leafHash(bytes);
  if (refusedIfNew !== undefined) {
    const [index] = await store.findLeaves([leaf]);
    if (index === undefined) throw refusedIfNew;
  }
  return { bytes, leafHash: leaf, warnings };
}
