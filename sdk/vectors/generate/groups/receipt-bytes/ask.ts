/** A receipt and its bytes, and the rules that several files are about. */
import { utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { canonicalText, type LooseMembers, Raw } from '../../json.ts';
import { badForm, receipt, verdict, verify, verifyBytes } from '../../receipts.ts';

const GOOD = receipt();

export const TEXT = canonicalText(GOOD);

export function badBytes(
  name: string,
  why: string,
  input: Uint8Array | string,
  error = 'E-SCHEMA-003',
): Case {
  const request = verifyBytes(typeof input === 'string' ? utf8(input) : input);
  return { name, why, request, answer: badForm(error) };
}

/** A member is not canonical, and signed as it stands, so that nothing else is wrong. */
export function badMember(name: string, why: string, changes: LooseMembers): Case {
  return { name, why, request: verify(receipt(changes)), answer: badForm('E-SCHEMA-003') };
}

export function good(
  name: string,
  why: string,
  changes: LooseMembers,
  warnings: string[] = [],
): Case {
  const members = receipt(changes);
  return { name, why, request: verify(members), answer: verdict(members, { warnings }) };
}

export const ext = (text: string): LooseMembers => ({ ext: { a: new Raw(`"${text}"`) } });
