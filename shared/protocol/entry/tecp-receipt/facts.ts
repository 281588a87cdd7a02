/** What a receipt can be found by (`EntryFacts`), also where the rest of it is malformed. */
import type { JsonObject } from '../../json/canonical.ts';
import { memberOfForm, type SearchedMember } from '../../receipt/members.ts';
import type { EntryFacts } from '../entry-type.ts';

const MEMBERS: Readonly<Record<keyof EntryFacts, SearchedMember>> = {
  issuer: 'pubkey',
  codeRef: 'code_ref',
  policies: 'policy_ids',
  inputHash: 'input_hash',
  outputHash: 'output_hash',
  nonce: 'nonce',
};
const NAMES = Object.entries(MEMBERS);

export function factsOf(members: JsonObject): EntryFacts {
  const facts: Record<string, unknown> = {};
  for (const [fact, member] of NAMES) {
    const value = memberOfForm(members, member);
    if (value !== undefined) facts[fact] = value;
  }
  return facts;
}
