/**
 * Keys of signed notes (C2SP signed-note, "Signatures" and "Verifier keys"): a name, a type byte
 * and a public key, identified by the name and a four-byte key ID.
 *
 * Parsing accepts exactly what formatting writes. Names are at most 255 bytes, so that every
 * origin and every cosigner name fits the length byte of an ML-DSA-44 cosignature. Which kinds of keys
 * there are is the table of `algorithms.ts`. Ed25519 keys pass the byte checks of
 * docs/spec/receipt.md section 6.2, as no signature by another one ever verifies.
 * Errors never repeat the text of a key, which may be a secret one.
 */
import { sha256 } from '#crypto';
import { checkBytes, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { concatBytes, encodeUtf8, isLongerThan, toHex } from '../bytes.ts';
import { SEED_BYTES } from '../crypto/types.ts';
import { ProtocolError } from '../errors.ts';
import { algorithmOf, type KeyType, signingAlgorithmOf } from './algorithms.ts';
import { recode } from './recode.ts';

export { KEY_TYPES, type KeyType } from './algorithms.ts';

/** Longest key name, in UTF-8 bytes. */
export const MAX_KEY_NAME_BYTES = 255;
/** Longest text of a key that is looked at, in bytes of UTF-8; an ML-DSA-44 key takes about 2,050. */
export const MAX_KEY_TEXT_BYTES = 4096;

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note forbids exactly these
const NAME = /^[^\p{White_Space}\u0000-\u001f+]+$/u;
const PRIVATE_PREFIX = 'PRIVATE+KEY+';

export interface VerifierKey {
  /** Key name; for a log key the origin. */
  readonly name: string;
  /** Key ID, eight lowercase hex digits. */
  readonly id: string;
  readonly type: KeyType;
  readonly publicKey: Uint8Array;
  /** The canonical text: `name+id+base64(type || public key)`. */
  readonly text: string;
}

export interface SignerKey {
  readonly verifier: VerifierKey;
  /** 32 secret bytes. */
  readonly seed: Uint8Array;
}

/**
 * Whether `name` may name a key: 1 to 255 bytes, no white space, no plus, nothing below U+0020. Other
 * control characters are allowed, as signed-note allows them: escape a name before it is shown.
 */
export function isKeyName(name: string): boolean {
  checkText(name, 'name');
  return !isLongerThan(name, MAX_KEY_NAME_BYTES) && name.isWellFormed() && NAME.test(name);
}

/** Four bytes of SHA-256(name || 0x0A || type || public key), or of what its kind says, as hex. */
function keyId(name: string, type: KeyType, publicKey: Uint8Array): string {
  const algorithm = algorithmOf(type);
  const input =
    algorithm.role === 'foreign-log'
      ? algorithm.keyIdInput(publicKey)
      : concatBytes(encodeUtf8(`${name}\n`), Uint8Array.of(type), publicKey);
  const digest = sha256(input);
  return toHex(digest.subarray(0, 4));
}

/** A verifier key of its parts. Throws `bad-key` for a name, type or key that is not allowed. */
export function makeVerifierKey(name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) {
    const message = `expected a key name of 1 to ${MAX_KEY_NAME_BYTES} bytes without spaces and plus`;
    throw new ProtocolError('bad-key', message, 'name');
  }
  checkBytes(publicKey, 'public key');
  const { publicKeyBytes: length, faultOf } = algorithmOf(type);
  if (length !== undefined && publicKey.length !== length) {
    const message = `expected ${length} bytes of public key, got ${publicKey.length}`;
    throw new ProtocolError('bad-key', message, 'publicKey');
  }
  const fault = faultOf(publicKey);
  if (fault !== undefined) throw new ProtocolError('bad-key', fault, 'publicKey');
  const id = keyId(name, type, publicKey);
  const text = `${name}+${id}+${encodeBase64(concatBytes(Uint8Array.of(type), publicKey))}`;
  return { name, id, type, publicKey, text };
}

/** `<name>+<id>+<base64>` split and decoded; base64 may itself hold plus signs. */
function splitKey(text: string): { name: string; id: string; bytes: Uint8Array } {
  const first = text.indexOf('+');
  const second = text.indexOf('+', first + 1);
  if (first < 0 || second < 0) {
    throw new ProtocolError('bad-key', 'expected <name>+<key ID>+<base64>');
  }
  const encoded = text.slice(second + 1);
  const bytes = recode('bad-key', 'key', () => decodeBase64(encoded));
  return { name: text.slice(0, first), id: text.slice(first + 1, second), bytes };
}

function checkKeyTextLength(text: string): void {
  checkText(text, 'key');
  if (isLongerThan(text, MAX_KEY_TEXT_BYTES)) {
    throw new ProtocolError('too-large', `key text above ${MAX_KEY_TEXT_BYTES} bytes`);
  }
}

/** Parses `name+id+base64(type || public key)`. Throws `bad-key` (`too-large` beyond the cap). */
export function parseVerifierKey(text: string): VerifierKey {
  checkKeyTextLength(text);
  const { name, bytes } = splitKey(text);
  const key = makeVerifierKey(name, algorithmOf(bytes[0]).type, bytes.slice(1));
  if (key.text !== text) {
    throw new ProtocolError('bad-key', 'key ID is not that of the name and the public key', 'id');
  }
  return key;
}

/** A signing key of a 32-byte seed. Throws `bad-key`. */
export function makeSignerKey(name: string, type: KeyType, seed: Uint8Array): SignerKey {
  checkBytes(seed, 'seed');
  if (seed.length !== SEED_BYTES) {
    throw new ProtocolError('bad-key', `expected ${SEED_BYTES} bytes, got ${seed.length}`, 'seed');
  }
  return {
    verifier: makeVerifierKey(name, type, signingAlgorithmOf(type).publicKeyOf(seed)),
    seed,
  };
}

/** `PRIVATE+KEY+<name>+<id>+<base64(type || seed)>`, as golang.org/x/mod/sumdb/note writes it. */
export function formatSignerKey(key: SignerKey): string {
  const { name, id, type } = key.verifier;
  const encoded = encodeBase64(concatBytes(Uint8Array.of(type), key.seed));
  return `${PRIVATE_PREFIX}${name}+${id}+${encoded}`;
}

/** Inverse of `formatSignerKey`; the key ID must be that of the derived public key. */
export function parseSignerKey(text: string): SignerKey {
  checkKeyTextLength(text);
  if (!text.startsWith(PRIVATE_PREFIX)) {
    throw new ProtocolError('bad-key', `expected a signing key that starts with ${PRIVATE_PREFIX}`);
  }
  const { name, bytes } = splitKey(text.slice(PRIVATE_PREFIX.length));
  const key = makeSignerKey(name, algorithmOf(bytes[0]).type, bytes.slice(1));
  if (formatSignerKey(key) !== text) {
    throw new ProtocolError('bad-key', 'key ID is not that of the name and the derived key', 'id');
  }
  return key;
}
