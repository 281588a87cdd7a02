/** What convicts a log of having signed a tree with an invalid entry in it. */
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { proveInvalidEntry, type RefusedEntry } from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { isBreach } from '../judge/breach.ts';
import type { View } from '../statements/view.ts';
import type { Suspect } from './suspects.ts';

/** Nothing where the entry's type has no rules that everybody can check. */
export function breachOf(
  { note, checkpoint }: View,
  { index, bytes, proof }: Suspect,
  { logs }: Policy,
  entryTypes: readonly EntryType[],
): RefusedEntry[] {
  const own = logs.filter(({ key }) => key.name === checkpoint.origin).map(({ key }) => key);
  const proven = proveInvalidEntry(note, index, bytes, proof, own);
  return proven.filter((evidence) => isBreach(evidence, entryTypes));
}
