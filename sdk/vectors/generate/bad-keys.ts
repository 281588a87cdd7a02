/** Texts that are no verifier keys, wherever one is read: docs/spec/log.md section 3. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import {
  bytes,
  concat,
  encodeBase64,
  fill,
  flipBit,
  fromHex,
  hex,
  withSpareBits,
} from './bytes.ts';
import { IDENTITY, NOT_REDUCED, SMALL_ORDER } from './ed25519.ts';
import {
  ECDSA_TYPE,
  ISSUER,
  keyId,
  keyText,
  LOG,
  LOG_TYPE,
  ML_DSA_TYPE,
  P256,
  WITNESS_TYPE,
} from './keys.ts';

type BadKey = readonly [name: string, why: string, text: string];

const FORM = 'log.md, section 3, and signed-note: a verifier key is a name, an ID and base64.';
const NAMES =
  'log.md, section 3: a name is 1 to 255 bytes of UTF-8 without white space, plus signs and characters below U+0020.';
const ID =
  'log.md, section 3, and signed-note: the key ID is that of the name, the type and the key.';
const TYPES = 'log.md, section 3: there are keys of the types 0x01, 0x02, 0x04 and 0x06.';
const POINT =
  'log.md, section 3: a key of type 0x01 or 0x04 is 32 bytes that pass the byte checks of receipt.md, section 6.2.';
const EC =
  'log.md, section 3: an ECDSA key is the DER on P-256, P-384 or P-521 with an uncompressed point, in the one form of RFC 5480.';
const ML_DSA = 'FIPS 204: a key of ML-DSA-44 is 1,312 bytes.';

const [name = '', id = '', encoded = ''] = LOG.text.split('+');

const forms: readonly BadKey[] = [
  ['a name only', FORM, name],
  ['a name and an ID', FORM, `${name}+${id}`],
  ['a name and a key', FORM, `${name}+${encoded}`],
  [
    'a signing key',
    FORM,
    `PRIVATE+KEY+${name}+${id}+${encodeBase64(concat(bytes(1), fill(32, 2)))}`,
  ],
  ['an ID in capitals', ID, `${name}+${id.toUpperCase()}+${encoded}`],
  ['an ID of six digits', ID, `${name}+${id.slice(0, 6)}+${encoded}`],
  ['an ID of ten digits', ID, `${name}+${id}00+${encoded}`],
  ['base64 that is cut short', FORM, LOG.text.slice(0, -1)],
  ['base64 with padding too much', FORM, `${LOG.text}=`],
  ['base64 without its padding', FORM, P256.text.replace(/=+$/, '')],
  ['base64 with spare bits that are not zero', FORM, withSpareBits(P256.text)],
  ['base64 in the alphabet for URLs', FORM, forUrls(P256.text)],
  ['a key of no bytes', FORM, 'x+00000000+'],
  ['a key of a type alone', FORM, 'x+00000000+AQ=='],
  ...[0, 3, 5, 7, 255].map(
    (type) =>
      [`a key of type 0x${hex(bytes(type))}`, TYPES, keyText('x', type, ISSUER.publicKey)] as const,
  ),
];

/** The key part in the other alphabet. */
function forUrls(text: string): string {
  const at = text.split('+', 2).join('+').length + 1;
  const changed = text.slice(at).replaceAll('+', '-').replaceAll('/', '_');
  if (changed === text.slice(at)) throw new Error('the alphabets do not differ here');
  return text.slice(0, at) + changed;
}

/** What is wrong with a key of one of the two Ed25519 types. */
function ed25519(type: number): readonly BadKey[] {
  const other = type === LOG_TYPE ? WITNESS_TYPE : LOG_TYPE;
  const { publicKey } = ISSUER;
  const named = (keyName: string) => keyText(keyName, type, publicKey);
  return [
    ['a key of 31 bytes', POINT, keyText('x', type, publicKey.slice(0, 31))],
    ['a key of 33 bytes', POINT, keyText('x', type, concat(publicKey, bytes(0)))],
    ...[...SMALL_ORDER, ...NOT_REDUCED].map(
      ([which, encoding]) =>
        [`a key ${which}`, POINT, keyText('x', type, fromHex(encoding))] as const,
    ),
    ['an ID of another name', ID, keyText('x', type, publicKey, keyId('y', type, publicKey))],
    ['an ID of another type', ID, keyText('x', type, publicKey, keyId('x', other, publicKey))],
    ['an ID of another key', ID, keyText('x', type, publicKey, keyId('x', type, IDENTITY))],
    ['an empty name', NAMES, named('')],
    ['a name of 256 bytes', NAMES, named('x'.repeat(256))],
    ['a name of 86 characters of three bytes', NAMES, named('\u20ac'.repeat(86))],
    ...(
      [
        ['a plus sign', '+'],
        ['a space', ' '],
        ['a newline', '\n'],
        ['U+0000', '\u0000'],
        ['U+001C', '\u001c'],
        ['U+0085', '\u0085'],
        ['U+00A0', '\u00a0'],
        ['U+2003', '\u2003'],
        ['U+2028', '\u2028'],
        ['U+3000', '\u3000'],
      ] as const
    ).map(
      ([which, character]) => [`a name with ${which}`, NAMES, named(`a${character}b`)] as const,
    ),
  ];
}

const mlDsa: readonly BadKey[] = [1311, 1313].map(
  (length) =>
    [
      `an ML-DSA-44 key of ${length.toLocaleString('en')} bytes`,
      ML_DSA,
      keyText('x', ML_DSA_TYPE, fill(length, 1)),
    ] as const,
);

/** The base point of P-224, a curve that RFC 5480 has. */
const P224 = fromHex(
  '304e301006072a8648ce3d020106052b81040021033a0004b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34',
);
/** DER of the key whose secret is 5, on a curve that is none of ours. */
export const SECP256K1 = concat(
  fromHex('3056301006072a8648ce3d020106052b8104000a034200'),
  secp256k1.Point.BASE.multiply(5n).toBytes(false),
);

const ecdsa: readonly BadKey[] = (
  [
    ['that is no DER', P256.publicKey.slice(1)],
    ['with a byte after it', concat(P256.publicKey, bytes(0))],
    ['cut short', P256.publicKey.slice(0, -1)],
    ['of a point alone', P256.publicKey.slice(-65)],
    ['of secp256k1', SECP256K1],
    ['of P-224', P224],
    ['with the number of another curve', flipBit(P256.publicKey, 23 * 8 - 1)],
    [
      'with a compressed point',
      concat(
        fromHex('3039301306072a8648ce3d020106082a8648ce3d030107032200'),
        bytes(2 + (P256.publicKey.at(-1)! & 1)),
        P256.publicKey.slice(-64, -32),
      ),
    ],
  ] as const
).map(([which, der]) => [`an ECDSA key ${which}`, EC, keyText('x', ECDSA_TYPE, der)] as const);

/** Of those that a log signs with. */
export const BAD_LOG_KEYS: readonly BadKey[] = [
  ...forms,
  ...ed25519(LOG_TYPE),
  ...ecdsa,
  [
    'an ECDSA key with an ID of name, type and key',
    'log.md, section 3: the ID of an ECDSA key is that of the DER alone.',
    keyText('x', ECDSA_TYPE, P256.publicKey, keyId('x', 0, P256.publicKey)),
  ],
  ...mlDsa,
];

/** Of those that a witness cosigns with. */
export const BAD_WITNESS_KEYS: readonly BadKey[] = [...ed25519(WITNESS_TYPE), ...mlDsa];
