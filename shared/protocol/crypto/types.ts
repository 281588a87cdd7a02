/**
 * What a crypto provider is: the one set of functions behind the import name `#crypto`.
 *
 * `sodium.ts` (libsodium), `openssl.ts` (node:crypto) and `noble.ts` (@noble/*) implement it and give the
 * same verdict on every input; `node.ts` chooses between the first two. Verification returns false for any
 * wrong bytes; a seed that is not 32 bytes, or what is no bytes at all, is a mistake of the caller and throws
 * RangeError or TypeError.
 */
import { checkBytes, checkInteger } from '../arguments.ts';

export interface CryptoProvider {
  /** Whose Ed25519 this is, for people. */
  readonly ed25519Library: string;
  /** SHA-256, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** SHA-256 of data that comes in parts. */
  sha256OfParts(): HashOfParts;
  /**
   * The strict Ed25519 verdict of docs/spec/receipt.md section 6: canonical A and R that are not of
   * small order, S < L, the equation without cofactor, R compared as bytes.
   */
  verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** RFC 8032 signature, 64 bytes, of a 32-byte seed. */
  signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** The 32-byte public key of a 32-byte seed. */
  ed25519PublicKey(seed: Uint8Array): Uint8Array;
  /** FIPS 204 ML-DSA-44, pure, empty context. */
  verifyMlDsa44(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** ML-DSA-44 signature, 2,420 bytes, of a 32-byte seed. Hedged: two signatures differ. */
  signMlDsa44(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /**
   * As `signEd25519`, for a key that signs often. At once: a signature takes less than to hand it to another
   * thread and back.
   */
  ed25519Signer(seed: Uint8Array): QuickSigner;
  /** As `signMlDsa44`, for a key that signs often; on Node the work is done off the main thread. */
  mlDsa44Signer(seed: Uint8Array): SlowSigner;
  /** The 1,312-byte public key of a 32-byte seed. */
  mlDsa44PublicKey(seed: Uint8Array): Uint8Array;
  /**
   * ECDSA over the SHA-256 of the message, on the curve of the key, with a public key and a signature
   * in strict DER (`ecdsa-encoding.ts`). Either S is taken, as signed notes have always had them.
   */
  verifyEcdsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** Bytes from the system's secure generator. */
  randomBytes(length: number): Uint8Array;
}

/** A hash that is being made; used up by `digest`. */
export interface HashOfParts {
  update(part: Uint8Array): void;
  digest(): Uint8Array;
}

/** These sign with a key that they keep. */
export type QuickSigner = (message: Uint8Array) => Uint8Array;
export type SlowSigner = (message: Uint8Array) => Promise<Uint8Array>;

export const SEED_BYTES = 32;
export const ED25519_PUBLIC_KEY_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
export const ML_DSA_44_PUBLIC_KEY_BYTES = 1312;
export const ML_DSA_44_SIGNATURE_BYTES = 2420;

/** Returns the seed when it is 32 bytes; throws RangeError or TypeError otherwise. */
export function checkSeed(seed: Uint8Array): Uint8Array {
  checkBytes(seed, 'seed', SEED_BYTES);
  return seed;
}

/** Throws TypeError unless all that a signature is verified with is bytes. */
export function checkSigned(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): void {
  checkBytes(publicKey, 'public key');
  checkBytes(message, 'message');
  checkBytes(signature, 'signature');
}

/** What `crypto.getRandomValues` fills at once. */
const MAX_RANDOM_BYTES = 65_536;

/** Bytes from the system's secure generator, which Node and browsers offer under one name. */
export function randomBytes(length: number): Uint8Array {
  checkInteger(length, 'length', 0, MAX_RANDOM_BYTES);
  return crypto.getRandomValues(new Uint8Array(length));
}
