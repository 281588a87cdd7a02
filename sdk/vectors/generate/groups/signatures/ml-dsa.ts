/** ML-DSA-44, FIPS 204. */
import { bytes, concat, flipBit, utf8 } from '../../bytes.ts';
import type { Case } from '../../case.ts';
import { ISSUER, mlDsaKey } from '../../keys.ts';
import { judged, LENGTHS, MESSAGE, SIG } from './ask.ts';

const ML_DSA = mlDsaKey('x', 6);

const ML_SIG = ML_DSA.sign(MESSAGE);

const FIPS = 'verifier.md, section 2: FIPS 204, pure, with an empty context.';

const ml = (
  name: string,
  why: string,
  valid: boolean,
  { key = ML_DSA.publicKey, message = MESSAGE, sig = ML_SIG } = {},
) => judged('ml-dsa-44', name, why, key, message, sig, valid);

export const mlDsaCases: Case[] = [
  ml('good', FIPS, true),
  ml('another message', FIPS, false, { message: utf8('messagf') }),
  ml('the last bit of the signature turned over', FIPS, false, {
    sig: flipBit(ML_SIG, 2420 * 8 - 1),
  }),
  ml('a signature of 2,419 bytes', LENGTHS, false, { sig: ML_SIG.slice(0, -1) }),
  ml('a signature of 2,421 bytes', LENGTHS, false, { sig: concat(ML_SIG, bytes(0)) }),
  ml('no signature', LENGTHS, false, { sig: bytes() }),
  ml('a key of 1,311 bytes', LENGTHS, false, { key: ML_DSA.publicKey.slice(0, -1) }),
  ml('a key of 1,313 bytes', LENGTHS, false, { key: concat(ML_DSA.publicKey, bytes(0)) }),
  ml('no key', LENGTHS, false, { key: bytes() }),
  ml('an Ed25519 key and signature', LENGTHS, false, { key: ISSUER.publicKey, sig: SIG }),
];
