/**
 * RFC 6962 section 2.1 hashing: the two domain-separated hashes that a Merkle tree is made of.
 */
import { sha256 } from '#crypto';
import { checkBytes } from '../arguments.ts';
import { ProtocolError } from '../errors.ts';

declare const hashBrand: unique symbol;
declare const leafBrand: unique symbol;

/** 32 bytes: a SHA-256 value, such as a root or an inner node. */
export type Hash = Uint8Array & { readonly [hashBrand]: true };
/** The hash of an entry, and the one identifier of that entry. */
export type LeafHash = Hash & { readonly [leafBrand]: true };

export const HASH_BYTES = 32;
/** Root of the tree with no leaves: SHA-256 of the empty string. */
export const EMPTY_ROOT: Hash = sha256(new Uint8Array(0)) as Hash;

/** Takes 32 bytes as a hash, without copying. Throws `ProtocolError('bad-encoding')` otherwise. */
export function asHash(bytes: Uint8Array, field?: string): Hash {
  checkBytes(bytes, 'hash');
  if (bytes.length !== HASH_BYTES) {
    throw new ProtocolError('bad-encoding', `expected 32 bytes, got ${bytes.length}`, field);
  }
  return bytes as Hash;
}

/** Throws unless this is a hash, which TypeScript cannot promise of every caller. */
export function checkHash(hash: Uint8Array, name: string): void {
  checkBytes(hash, name, HASH_BYTES);
}

export function asLeafHash(bytes: Uint8Array, field?: string): LeafHash {
  return asHash(bytes, field) as LeafHash;
}

// Scratch messages for all leaves of a usual size, and for all inner nodes: hashing is synchronous, so no two
// uses overlap. The first byte of a leaf's message stays 0.
const leafMessage = new Uint8Array(8 * 1024);
const nodeMessage = new Uint8Array(1 + 2 * HASH_BYTES);
nodeMessage[0] = 1;

/** SHA-256(0x00 || entry). */
export function leafHash(entry: Uint8Array): LeafHash {
  checkBytes(entry, 'entry');
  const length = 1 + entry.length;
  const message =
    length <= leafMessage.length ? leafMessage.subarray(0, length) : new Uint8Array(length);
  message.set(entry, 1);
  return sha256(message) as LeafHash;
}

/** SHA-256(0x01 || left || right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  // A short hash would leave bytes of the hash before it in the scratch message.
  checkHash(left, 'left hash');
  checkHash(right, 'right hash');
  nodeMessage.set(left, 1);
  nodeMessage.set(right, 1 + HASH_BYTES);
  return sha256(nodeMessage) as Hash;
}
