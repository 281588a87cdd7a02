/** A receipt and its bytes, and the rules that several files are about. */
import { utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { canonicalText, type LooseMembers, Raw } from '../../json.ts';
import { badForm, receipt, refused, verifyBytes } from '../../receipts.ts';

export const TEXT = canonicalText(receipt());

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
  return refused(name, why, receipt(changes), 'E-SCHEMA-003');
}

export const ext = (text: string): LooseMembers => ({ ext: { a: new Raw(`"${text}"`) } });
