/**
 * What node:crypto cannot do before Node.js 24: take raw keys of Ed25519, which go in as DER here, and ML-DSA-44,
 * which is noble's. The contract is in shared/protocol/crypto/types.ts.
 */
import crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { checkBytes } from '#protocol/arguments.ts';
import { concatBytes, fromHex } from '#protocol/bytes.ts';
import {
  isStrictPointEncoding,
  isStrictSignatureEncoding,
} from '#protocol/crypto/ed25519-encoding.ts';
import { type CryptoProvider, checkSeed } from '#protocol/crypto/types.ts';

type Provider<Names extends keyof CryptoProvider> = Pick<CryptoProvider, Names>;

const SPKI_PREFIX = fromHex('302a300506032b6570032100');
const PKCS8_PREFIX = fromHex('302e020100300506032b657004220420');

/** Reading a key takes half as long as verifying, so those in use are kept. Owned by `publicKeyOf`. */
const MAX_KEPT_KEYS = 1024;
const keptKeys = new Map<string, crypto.KeyObject>();

function importPublicKey(publicKey: Uint8Array): crypto.KeyObject {
  const name = Buffer.from(publicKey).toString('latin1');
  const kept = keptKeys.get(name);
  if (kept !== undefined) return kept;
  const key = Buffer.from(concatBytes(SPKI_PREFIX, publicKey));
  const imported = crypto.createPublicKey({ key, format: 'der', type: 'spki' });
  if (keptKeys.size >= MAX_KEPT_KEYS) keptKeys.clear();
  keptKeys.set(name, imported);
  return imported;
}

function importSeed(seed: Uint8Array): crypto.KeyObject {
  const key = Buffer.from(concatBytes(PKCS8_PREFIX, checkSeed(seed)));
  return crypto.createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function signer(seed: Uint8Array): (message: Uint8Array) => Uint8Array {
  const key = importSeed(seed);
  return (message) => {
    checkBytes(message, 'message');
    return new Uint8Array(crypto.sign(null, message, key));
  };
}

export const olderEd25519: Provider<
  'verifyEd25519' | 'signEd25519' | 'ed25519PublicKey' | 'ed25519Signer'
> = {
  verifyEd25519(publicKey, message, signature) {
    checkBytes(message, 'message');
    if (!isStrictPointEncoding(publicKey) || !isStrictSignatureEncoding(signature)) return false;
    return crypto.verify(null, message, importPublicKey(publicKey), signature);
  },
  signEd25519: (seed, message) => signer(seed)(message),
  ed25519PublicKey(seed) {
    const spki = crypto.createPublicKey(importSeed(seed)).export({ type: 'spki', format: 'der' });
    return new Uint8Array(spki.subarray(SPKI_PREFIX.length));
  },
  ed25519Signer: signer,
};

/** Loaded at its first use: it takes as long as all the rest, and few need it. */
function noble(): typeof import('#protocol/crypto/noble.ts') {
  return createRequire(import.meta.url)('#protocol/crypto/noble.ts');
}

export const olderMlDsa44: Provider<
  'verifyMlDsa44' | 'signMlDsa44' | 'mlDsa44PublicKey' | 'mlDsa44Signer'
> = {
  verifyMlDsa44: (publicKey, message, signature) =>
    noble().verifyMlDsa44(publicKey, message, signature),
  signMlDsa44: (seed, message) => noble().signMlDsa44(seed, message),
  mlDsa44PublicKey: (seed) => noble().mlDsa44PublicKey(seed),
  mlDsa44Signer: (seed) => noble().mlDsa44Signer(seed),
};
