/**
 * The crypto provider for Node: libsodium where its addon loads, else OpenSSL alone, contract in types.ts.
 * Both give the same verdicts; `ed25519Library` says which it is.
 */
import * as openssl from './openssl.ts';
import { loadSodium } from './sodium.ts';
import type { CryptoProvider } from './types.ts';

const provider: CryptoProvider = loadSodium() ?? openssl;

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
