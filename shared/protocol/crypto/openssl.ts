/**
 * All of the crypto of Node (24 and later) by node:crypto, contract in types.ts. What sodium.ts does better is
 * taken from there where it loads.
 *
 * It promises the same verdicts as noble.ts; the byte checks of ed25519-encoding.ts come first so that they do
 * not hang on OpenSSL.
 */
import crypto from 'node:crypto';
import { checkBytes } from '../arguments.ts';
import { readEcdsaKey, readEcdsaSignature } from './ecdsa-encoding.ts';
import { isStrictPointEncoding, isStrictSignatureEncoding } from './ed25519-encoding.ts';
import {
  checkSeed,
  checkSigned,
  type HashOfParts,
  ML_DSA_44_PUBLIC_KEY_BYTES,
  ML_DSA_44_SIGNATURE_BYTES,
  type QuickSigner,
  type SlowSigner,
} from './types.ts';

export const ed25519Library = 'OpenSSL';

type Algorithm = 'ed25519' | 'ml-dsa-44';

/** The same memory seen as a Buffer, which node:crypto's types ask for. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same memory as a plain Uint8Array, so that both providers return the same type. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

const SHA256_BYTES = 32;

/**
 * The hash comes as a string of 32 characters, one for each byte: the Buffer that Node makes otherwise has
 * memory of its own outside of the heap, which takes longer than the hashing of a node.
 */
export function sha256(data: Uint8Array): Uint8Array {
  checkBytes(data, 'data');
  const characters = crypto.hash('sha256', data, 'binary');
  const hash = new Uint8Array(SHA256_BYTES);
  for (let i = 0; i < SHA256_BYTES; i++) hash[i] = characters.charCodeAt(i);
  return hash;
}

export function sha256OfParts(): HashOfParts {
  const hash = crypto.createHash('sha256');
  return {
    update(part) {
      checkBytes(part, 'data');
      hash.update(part);
    },
    digest: () => asBytes(hash.digest()),
  };
}

// Importing a public key costs 45 us and an Ed25519 verification 170 us, so the keys of the
// issuers, logs and witnesses at hand are kept. Least recently used first; owned by `importKey`.
const MAX_CACHED_KEYS = 1024;
const importedKeys = new Map<string, crypto.KeyObject>();

function importKey(asymmetricKeyType: Algorithm, publicKey: Uint8Array): crypto.KeyObject {
  const key = asBuffer(publicKey);
  // The two algorithms' keys differ in length, so the bytes alone are a unique name.
  const name = key.toString('latin1');
  const known = importedKeys.get(name);
  if (known !== undefined) {
    importedKeys.delete(name);
    importedKeys.set(name, known);
    return known;
  }
  const imported = crypto.createPublicKey({ key, format: 'raw-public', asymmetricKeyType });
  if (importedKeys.size >= MAX_CACHED_KEYS) {
    for (const oldest of importedKeys.keys()) {
      importedKeys.delete(oldest);
      break;
    }
  }
  importedKeys.set(name, imported);
  return imported;
}

export function verifyEd25519(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkBytes(message, 'message');
  if (!isStrictPointEncoding(publicKey) || !isStrictSignatureEncoding(signature)) return false;
  return crypto.verify(null, message, importKey('ed25519', publicKey), signature);
}

// Private keys are imported at each use: signing is rare, and no secret stays in a cache.
function ed25519PrivateKey(seed: Uint8Array): crypto.KeyObject {
  const key = asBuffer(checkSeed(seed));
  return crypto.createPrivateKey({ key, format: 'raw-private', asymmetricKeyType: 'ed25519' });
}

function mlDsa44PrivateKey(seed: Uint8Array): crypto.KeyObject {
  const key = asBuffer(checkSeed(seed));
  return crypto.createPrivateKey({ key, format: 'raw-seed', asymmetricKeyType: 'ml-dsa-44' });
}

function rawPublicKey(privateKey: crypto.KeyObject): Uint8Array {
  return asBytes(crypto.createPublicKey(privateKey).export({ format: 'raw-public' }));
}

export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkBytes(message, 'message');
  return asBytes(crypto.sign(null, message, ed25519PrivateKey(seed)));
}

export function ed25519PublicKey(seed: Uint8Array): Uint8Array {
  return rawPublicKey(ed25519PrivateKey(seed));
}

export function verifyMlDsa44(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkSigned(publicKey, message, signature);
  if (publicKey.length !== ML_DSA_44_PUBLIC_KEY_BYTES) return false;
  if (signature.length !== ML_DSA_44_SIGNATURE_BYTES) return false;
  return crypto.verify(null, message, importKey('ml-dsa-44', publicKey), signature);
}

export function signMlDsa44(seed: Uint8Array, message: Uint8Array): Uint8Array {
  checkBytes(message, 'message');
  return asBytes(crypto.sign(null, message, mlDsa44PrivateKey(seed)));
}

// Reading a key takes as long as signing, so these keep it: their owner means to sign for as long as it
// lives.
export function ed25519Signer(seed: Uint8Array): QuickSigner {
  const key = ed25519PrivateKey(seed);
  return (message) => {
    checkBytes(message, 'message');
    return asBytes(crypto.sign(null, message, key));
  };
}

// Node.js locks a key while it signs, also for the thread that only asks for the next signature: 0.2 ms of
// the event loop each. So the key is held as often as libuv has threads.
const SIGNING_THREADS = 4;

export function mlDsa44Signer(seed: Uint8Array): SlowSigner {
  const keys = Array.from({ length: SIGNING_THREADS }, () => mlDsa44PrivateKey(seed));
  let next = 0;
  return (message) => {
    checkBytes(message, 'message');
    const key = keys[next++ % SIGNING_THREADS]!;
    return new Promise((resolve, reject) => {
      crypto.sign(null, message, key, (error, signature) => {
        if (error === null) resolve(asBytes(signature));
        else reject(error);
      });
    });
  };
}

export function mlDsa44PublicKey(seed: Uint8Array): Uint8Array {
  return rawPublicKey(mlDsa44PrivateKey(seed));
}

/** Keys of logs that sign so are few, and their signatures rare: nothing is kept. */
export function verifyEcdsa(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  checkSigned(publicKey, message, signature);
  const form = readEcdsaKey(publicKey);
  const integers = form && readEcdsaSignature(signature, form.bytes);
  if (integers === undefined) return false;
  const key = importSpki(publicKey);
  return (
    key !== undefined &&
    crypto.verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, integers)
  );
}

/** Undefined for a point that is not on the curve. */
function importSpki(publicKey: Uint8Array): crypto.KeyObject | undefined {
  try {
    return crypto.createPublicKey({ key: asBuffer(publicKey), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

export { randomBytes } from './types.ts';
