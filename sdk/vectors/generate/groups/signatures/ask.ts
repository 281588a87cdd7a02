/** How a signature is asked about. */
import { utf8 } from '../../bytes.ts';
import { type Case, request } from '../../case.ts';
import { ISSUER, signEd25519 } from '../../keys.ts';

export const MESSAGE = utf8('message');

export function judged(
  op: string,
  name: string,
  why: string,
  key: Uint8Array,
  message: Uint8Array,
  sig: Uint8Array,
  valid: boolean,
): Case {
  return {
    name: `${op}: ${name}`,
    why,
    request: request(op, { key, message, sig }),
    answer: { valid },
  };
}

export const LENGTHS = 'verifier.md, section 2: false for any wrong length.';

export const SIG = signEd25519(ISSUER.seed, MESSAGE);
