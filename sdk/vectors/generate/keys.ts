/**
 * The keys of the vectors. Every secret is 32 bytes of one value; README.md lists them.
 */
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { getPublicKey, sign } from '@noble/ed25519';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { b64u, bytes, concat, encodeBase64, fill, fromHex, hex, sha256, utf8 } from './bytes.ts';
// It also gives @noble/ed25519 the hash that it asks for.
import { MIXED_KEY, signMixed } from './ed25519.ts';

export const seed = (value: number): Uint8Array => fill(32, value);

export interface IssuerKey {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  /** As receipts have it. */
  readonly text: string;
}

export function issuer(value: number): IssuerKey {
  const publicKey = getPublicKey(seed(value));
  return { seed: seed(value), publicKey, text: b64u(publicKey) };
}

export const ISSUER = issuer(1);
export const OTHER_ISSUER = issuer(7);

export function signEd25519(secret: Uint8Array, message: Uint8Array): Uint8Array {
  return sign(message, secret);
}

/** Of a note: a name, a type byte, and how it signs. */
export interface NoteKey {
  readonly name: string;
  readonly type: number;
  readonly publicKey: Uint8Array;
  /** Four bytes. */
  readonly id: Uint8Array;
  /** `name+id+base64(type || public key)`. */
  readonly text: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export const LOG_TYPE = 0x01;
export const ECDSA_TYPE = 0x02;
export const WITNESS_TYPE = 0x04;
export const ML_DSA_TYPE = 0x06;

/** The text of a key, also of one that is none, such as of another type. */
export function keyText(
  name: string,
  type: number,
  publicKey: Uint8Array,
  id?: Uint8Array,
): string {
  const shown = id ?? keyId(name, type, publicKey);
  return `${name}+${hex(shown)}+${encodeBase64(concat(bytes(type), publicKey))}`;
}

/** The first four bytes of SHA-256(name || 0x0A || type || public key); of ECDSA keys, of the key alone. */
export function keyId(name: string, type: number, publicKey: Uint8Array): Uint8Array {
  const input = type === ECDSA_TYPE ? publicKey : concat(`${name}\n`, bytes(type), publicKey);
  return sha256(input).subarray(0, 4);
}

function noteKey(
  name: string,
  type: number,
  publicKey: Uint8Array,
  signBytes: (message: Uint8Array) => Uint8Array,
): NoteKey {
  const id = keyId(name, type, publicKey);
  return { name, type, publicKey, id, text: keyText(name, type, publicKey), sign: signBytes };
}

/** An Ed25519 key of a log. */
export function logKey(name: string, value: number): NoteKey {
  return noteKeyOf(name, LOG_TYPE, seed(value));
}

/** An Ed25519 key of a witness. */
export function witnessKey(name: string, value: number): NoteKey {
  return noteKeyOf(name, WITNESS_TYPE, seed(value));
}

/** An Ed25519 key of any seed. */
export function noteKeyOf(name: string, type: number, secret: Uint8Array): NoteKey {
  return noteKey(name, type, getPublicKey(secret), (message) => sign(message, secret));
}

/** A key with a part of small order (receipt.md, section 6.2), and such signatures of it as hold by rule 4. */
export function mixedKey(name: string, type: number): NoteKey {
  return noteKey(name, type, MIXED_KEY, (message) => signMixed(message, true));
}

/** An ML-DSA-44 key; its signatures are the deterministic ones of FIPS 204. */
export function mlDsaKey(name: string, value: number): NoteKey {
  const { publicKey, secretKey } = ml_dsa44.keygen(seed(value));
  const signBytes = (message: Uint8Array) =>
    ml_dsa44.sign(message, secretKey, { extraEntropy: false });
  return noteKey(name, ML_DSA_TYPE, publicKey, signBytes);
}

const CURVES = {
  'P-256': { curve: p256, prefix: '3059301306072a8648ce3d020106082a8648ce3d030107034200' },
  'P-384': { curve: p384, prefix: '3076301006072a8648ce3d020106052b81040022036200' },
  'P-521': { curve: p521, prefix: '30819b301006072a8648ce3d020106052b8104002303818600' },
} as const;
export type CurveName = keyof typeof CURVES;

/** An ECDSA key of a log: the public key is DER, signatures are deterministic ones (RFC 6979) in DER. */
export function ecdsaKey(name: string, curveName: CurveName, value: number): NoteKey {
  const { curve, prefix } = CURVES[curveName];
  const length = curve.lengths.secretKey!;
  const secret = fill(length, value);
  if (curveName === 'P-521') secret[0] = 0;
  const publicKey = concat(fromHex(prefix), curve.getPublicKey(secret, false));
  return noteKey(name, ECDSA_TYPE, publicKey, (message) =>
    curve.sign(sha256(message), secret, { prehash: false, lowS: false, format: 'der' }),
  );
}

/** The names that most cases use. */
export const LOG = logKey('log.example/2025', 2);
export const OTHER_LOG = logKey('other.example/2025', 8);
export const [W1, W2, W3] = [3, 4, 5].map((value, i) => witnessKey(`w${i + 1}.example`, value)) as [
  NoteKey,
  NoteKey,
  NoteKey,
];
export const UNKNOWN = witnessKey('unknown.example', 9);
export const P256 = ecdsaKey('ecdsa.example', 'P-256', 5);
/** ML-DSA-44 keys of the first witness and of the log. */
export const W1_PQ = mlDsaKey(W1.name, 6);
export const LOG_PQ = mlDsaKey(LOG.name, 6);

export function nameBytes(name: string): Uint8Array {
  return concat(bytes(utf8(name).length), name);
}
