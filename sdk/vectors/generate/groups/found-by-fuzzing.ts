/**
 * What implementations once answered differently when they were all asked the same (`./tecp sdk fuzz`). Cases of one
 * cause stand one after another, as some of these faults showed only after other requests.
 */
import type { Case, Group } from '../case.ts';
import { judged, receipt } from '../receipts.ts';

/**
 * `JSON.parse` of V8 13.6 (Node.js 24) expects the names that it read before and compares them with what is still
 * escaped: after `\\` it takes `\"`, `\n` and the like for it. So such names are inside of bytes here.
 */
const NAMES = 'receipt.md, section 3: a name is what its escapes denote, whatever was read before.';
const ESCAPED: readonly (readonly [first: string, second: string])[] = [
  ['!', '"'],
  ['\u0001', '\n'],
  ['\u0001', '\u001f'],
];

/** A member to expect, and in its place one whose text begins in the same way. */
function escapedNames([before, name]: readonly [string, string], i: number): Case[] {
  const first = `${before}${i}`;
  return ['\\', name].map((second) => {
    const members = receipt({ [first]: 1, [second]: 1 });
    const name = `unknown members ${JSON.stringify(first)} and ${JSON.stringify(second)}`;
    const warnings = [first, second].map((field) => `W-SCHEMA-001 ${field}`);
    return judged(name, NAMES, members, { warnings });
  });
}

export const foundByFuzzing: Group = {
  file: 'found-by-fuzzing',
  description:
    'What implementations once answered differently. Run in this order, the cases show more than each by itself.',
  cases: ESCAPED.flatMap(escapedNames),
};
