/** How canonical JSON is asked for. */
import { encodeBase64, utf8 } from '../../bytes.ts';
import { type Case, request } from '../../case.ts';

type Text = string | Uint8Array;

const asBytes = (text: Text): Uint8Array => (typeof text === 'string' ? utf8(text) : text);

export function written(name: string, why: string, json: Text, expected: Text = json): Case {
  const answer = { canonical: encodeBase64(asBytes(expected)) };
  return { name, why, request: request('canonical', { json: asBytes(json) }), answer };
}

export function malformed(name: string, why: string, json: Text): Case {
  return {
    name,
    why,
    request: request('canonical', { json: asBytes(json) }),
    answer: { error: 'malformed' },
  };
}

export const VALUES = 'receipt.md, section 3: any JSON value has a canonical form.';
