/**
 * Whether evidence of an invalid entry convicts this log: the rules in it are no promise of the log, so
 * they count only where the monitor was told that the log keeps them. Pure.
 */
import { recogniseEntry } from '#protocol/entry/check.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import type { RefusedEntry } from '#protocol/evidence/evidence.ts';

export function isBreach({ entry, rules }: RefusedEntry, types: readonly EntryType[]): boolean {
  const type = recogniseEntry(entry, types);
  return type === undefined ? types.some(({ name }) => name === rules) : type.name === rules;
}
