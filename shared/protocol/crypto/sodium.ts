/**
 * Ed25519 by libsodium, contract in types.ts: half the processor time of OpenSSL, and no key to import.
 *
 * The addon `sodium-native` brings its binaries with it and is loaded into each thread. The byte checks of
 * ed25519-encoding.ts come first here too, so the verdict hangs on nothing but the equation. OpenSSL hashes
 * and does all else: its SHA-256 is as fast for a node of the tree, and three times as fast for an entry.
 */
import { createRequire } from 'node:module';
import { checkBytes } from '../arguments.ts';
import { isStrictPointEncoding, isStrictSignatureEncoding } from './ed25519-encoding.ts';
import * as openssl from './openssl.ts';
import {
  type CryptoProvider,
  checkSeed,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
} from './types.ts';

/** What is used of the addon, which throws where a length is wrong. */
interface Libsodium {
  crypto_sign_verify_detached(sig: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  crypto_sign_detached(sig: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void;
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void;
}

/** Of libsodium's own form of a private key: the seed and the public key. */
const SECRET_KEY_BYTES = 64;

/** The provider, or undefined on a system that the addon has no binary for, such as one with musl. */
export function loadSodium(): CryptoProvider | undefined {
  try {
    return sodiumProvider(createRequire(import.meta.url)('sodium-native'));
  } catch {
    return undefined;
  }
}

function sodiumProvider(sodium: Libsodium): CryptoProvider {
  function keyPair(seed: Uint8Array) {
    const publicKey = new Uint8Array(ED25519_PUBLIC_KEY_BYTES);
    const secretKey = new Uint8Array(SECRET_KEY_BYTES);
    sodium.crypto_sign_seed_keypair(publicKey, secretKey, checkSeed(seed));
    return { publicKey, secretKey };
  }

  function sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array {
    const signature = new Uint8Array(ED25519_SIGNATURE_BYTES);
    sodium.crypto_sign_detached(signature, message, secretKey);
    return signature;
  }

  return {
    ...openssl,
    ed25519Library: 'libsodium',
    verifyEd25519(publicKey, message, signature) {
      checkBytes(message, 'message');
      if (!isStrictPointEncoding(publicKey) || !isStrictSignatureEncoding(signature)) return false;
      return sodium.crypto_sign_verify_detached(signature, message, publicKey);
    },
    signEd25519(seed, message) {
      checkBytes(message, 'message');
      return sign(keyPair(seed).secretKey, message);
    },
    ed25519PublicKey: (seed) => keyPair(seed).publicKey,
    ed25519Signer(seed) {
      const { secretKey } = keyPair(seed);
      return (message) => {
        checkBytes(message, 'message');
        return sign(secretKey, message);
      };
    },
  };
}
