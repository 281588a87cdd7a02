/**
 * The crypto provider of the package on Node.js 22 and later: node:crypto, and what it lacks there by other means
 * (contract in shared/protocol/crypto/types.ts). Verdicts are the same whichever it is.
 */
import * as openssl from '#protocol/crypto/openssl.ts';
import type { CryptoProvider } from '#protocol/crypto/types.ts';
import { olderEd25519, olderMlDsa44 } from './older-node.ts';

const SEED = new Uint8Array(32);

/** Raw keys came with Node.js 24; ML-DSA, too, where its OpenSSL is 3.5 or later. */
function works(publicKeyOf: (seed: Uint8Array) => Uint8Array): boolean {
  try {
    return publicKeyOf(SEED).length > 0;
  } catch {
    return false;
  }
}

const provider: CryptoProvider = {
  ...openssl,
  ...(works(openssl.ed25519PublicKey) ? {} : olderEd25519),
  ...(works(openssl.mlDsa44PublicKey) ? {} : olderMlDsa44),
};

export const {
  ed25519Library,
  sha256,
  sha256OfParts,
  verifyEd25519,
  signEd25519,
  ed25519PublicKey,
  ed25519Signer,
  verifyMlDsa44,
  signMlDsa44,
  mlDsa44PublicKey,
  mlDsa44Signer,
  verifyEcdsa,
  randomBytes,
} = provider;
