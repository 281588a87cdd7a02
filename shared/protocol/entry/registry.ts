/** The entry types that a log may carry: a new type is its folder beside this file, and its line here. */
import type { EntryType } from './entry-type.ts';
import { opaque } from './opaque/opaque.ts';
import { tecpReceipt } from './tecp-receipt/tecp-receipt.ts';

/** In the order in which entries are recognised: the one that takes any bytes comes last. */
export const ENTRY_TYPES: readonly EntryType[] = [tecpReceipt, opaque];

export const ENTRY_TYPE_NAMES: readonly string[] = ENTRY_TYPES.map(({ name }) => name);

/** The types of these names, in the order of `known`. Throws RangeError for an unknown name. */
export function entryTypes(
  names: readonly string[],
  known: readonly EntryType[] = ENTRY_TYPES,
): readonly EntryType[] {
  const unknown = names.find((name) => known.every((type) => type.name !== name));
  if (unknown !== undefined) {
    const expected = known.map(({ name }) => name).join(', ');
    throw new RangeError(`expected an entry type of ${expected}, got "${unknown}"`);
  }
  return known.filter(({ name }) => names.includes(name));
}
