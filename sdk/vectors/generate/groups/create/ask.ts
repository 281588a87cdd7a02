/** How a receipt is asked for. */
import { b64u, encodeBase64, fill, utf8 } from '../../bytes.ts';
import { type JsonMembers, request } from '../../case.ts';
import { seed } from '../../keys.ts';
import { entryBytes, FIELDS, receipt, TS } from '../../receipts.ts';

const INPUT = utf8('abc');

const OUTPUT = utf8('');

const PARAMS: JsonMembers = {
  code_ref: FIELDS.code_ref as string,
  input: encodeBase64(INPUT),
  output: encodeBase64(OUTPUT),
  policy_ids: ['no_retention'],
  ts: TS,
  nonce: encodeBase64(fill(16, 9)),
};

export function create(changes: JsonMembers, secret = seed(1)): JsonMembers {
  return request('create', { seed: secret, params: { ...PARAMS, ...changes } });
}

export const SORTED =
  'verifier.md, section 4: the policies are sorted; a repeated one is an error.';

export const AS_THEY_ARE =
  'verifier.md, section 4: key_erasure, environment, chain and ext become members as they are.';

/** `ext` with which the entry has this many bytes. */
export function extOf(size: number): JsonMembers {
  const { length } = entryBytes(receipt({ ext: { pad: '' } }));
  return { pad: 'x'.repeat(size - length) };
}

export const PREV = b64u(fill(32, 6));
