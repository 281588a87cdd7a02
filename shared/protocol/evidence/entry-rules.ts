/**
 * Rules by which evidence calls an entry invalid: those of entry types whose check is a function of the
 * entry alone (docs/spec/entry-types.md section 2). `opaque` takes all bytes, so it refuses nothing.
 */
import { faultOfReceipt } from '../entry/tecp-receipt/tecp-receipt.ts';
import type { EntryError } from '../errors.ts';

/** By the name of the entry type. */
const RULES = { 'tecp-receipt': faultOfReceipt } as const satisfies Readonly<
  Record<string, (entry: Uint8Array) => EntryError | undefined>
>;

export type EntryRules = keyof typeof RULES;
export const ENTRY_RULES = Object.keys(RULES) as readonly EntryRules[];

/** Why the rules refuse an entry, or undefined: they do not. */
export function faultByRules(rules: EntryRules, entry: Uint8Array): EntryError | undefined {
  return RULES[rules](entry);
}
