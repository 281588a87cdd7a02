/** What an entry is and says, by its bytes alone: the same for the index, the API and the visitor's browser. */
import { recogniseEntry } from '#protocol/entry/check.ts';
import type { EntryDescription, EntryType } from '#protocol/entry/entry-type.ts';

/** Type name of entries that are of none of the types that are looked for in their log. */
export const UNKNOWN_TYPE = 'unknown';

export interface DescribedEntry {
  readonly type: string;
  readonly description: EntryDescription;
}

/** Takes any bytes. `types` are those that are looked for in the log. */
export function describeEntry(entry: Uint8Array, types: readonly EntryType[]): DescribedEntry {
  const type = recogniseEntry(entry, types);
  if (type !== undefined) return { type: type.name, description: type.describe(entry) };
  return { type: UNKNOWN_TYPE, description: { title: `${entry.length} bytes` } };
}
