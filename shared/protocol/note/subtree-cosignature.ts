/**
 * Cosignatures of subtrees (C2SP tlog-cosignature, "ML-DSA-44 signed message"): that a subtree of a log
 * is consistent with all that the cosigner has seen of it. They have no time, which is written as 0.
 */
import { concatBytes, equalBytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Hash } from '../merkle/hash.ts';
import type { Subtree } from '../merkle/subtree.ts';
import { COSIGNER_ALGORITHMS, cosignerAlgorithmOf, type KeyType } from './algorithms.ts';
import type { VerifierKey } from './key.ts';
import type { NoteSignature } from './note.ts';

/** A subtree of a log, by its hash. */
export interface LogSubtree extends Subtree {
  readonly origin: string;
  readonly hash: Hash;
}

const NO_TIME = new Uint8Array(8);

/** Whether keys of this type sign subtrees. */
export function signsSubtrees(type: KeyType): boolean {
  return COSIGNER_ALGORITHMS.some((kind) => kind.type === type && 'subtreeMessage' in kind);
}

/**
 * What a key has to sign for a subtree. Throws `bad-key` for a key that signs none, `bad-cosignature`
 * for an origin that does not fit.
 */
export function subtreeMessage(
  { origin, start, end, hash }: LogSubtree,
  { name, type }: VerifierKey,
): Uint8Array {
  const { subtreeMessage: encode } = cosignerAlgorithmOf(type);
  if (encode === undefined) {
    throw new ProtocolError('bad-key', `a key of type ${type} signs no subtrees`, 'type');
  }
  return encode({ name, origin, start, end, hash });
}

/** The line of a cosignature, of the signature on its `subtreeMessage`. */
export function subtreeCosignatureLine(
  { name, id }: VerifierKey,
  signature: Uint8Array,
): NoteSignature {
  return { name, id, bytes: concatBytes(NO_TIME, signature) };
}

/**
 * Verifies a cosignature of a subtree. Throws `bad-key` for a key that signs none, `bad-cosignature` for
 * another name, ID, length or a time, `bad-signature` when it does not verify.
 */
export function verifySubtreeCosignature(
  subtree: LogSubtree,
  key: VerifierKey,
  { name, id, bytes, loose }: NoteSignature,
): void {
  const message = subtreeMessage(subtree, key);
  const { signatureBytes, verify } = cosignerAlgorithmOf(key.type);
  const isOfKey = name === key.name && id === key.id && loose === undefined;
  const isTimeless = equalBytes(bytes.subarray(0, NO_TIME.length), NO_TIME);
  if (!isOfKey || !isTimeless || bytes.length !== NO_TIME.length + signatureBytes) {
    throw new ProtocolError('bad-cosignature', 'not a cosignature of a subtree by this key');
  }
  if (verify(key.publicKey, message, bytes.subarray(NO_TIME.length))) return;
  throw new ProtocolError('bad-signature', `cosignature by ${key.name} does not verify`);
}
