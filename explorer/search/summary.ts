/** What follows from an entry's bytes, as answers have it: written by the server, and compared in the browser. */
import type { EntryDescription } from '#protocol/entry/entry-type.ts';
import type { EntrySummary } from './answers.ts';

export function summaryOf({ title, timeMs, facts = {} }: EntryDescription): EntrySummary {
  const { issuer, codeRef, policies, inputHash, outputHash, nonce } = facts;
  const members = {
    title,
    time_ms: timeMs,
    issuer,
    code_ref: codeRef,
    policies,
    input_hash: inputHash,
    output_hash: outputHash,
    nonce,
  };
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as unknown as EntrySummary;
}

/** The first member that differs, in words; undefined where both say the same. */
export function differenceOf(expected: EntrySummary, got: EntrySummary) {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  const text = (summary: EntrySummary, name: string) =>
    JSON.stringify(summary[name as keyof EntrySummary]) ?? 'nothing';
  const name = [...names].find((member) => text(expected, member) !== text(got, member));
  if (name === undefined) return undefined;
  return { expected: `${name} ${text(expected, name)}`, got: text(got, name) };
}
