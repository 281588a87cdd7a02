/**
 * A key that a witness signs with, wherever the secret half is kept: in a file that this process has
 * read, or in an agent that signs on request.
 */
import { cosignerAlgorithmOf, type MessageSigner } from '#protocol/note/algorithms.ts';
import type { SignerKey, VerifierKey } from '#protocol/note/key.ts';

/**
 * Gives the signature on a message, of the length and kind of the key. Rejects with `SigningError` if there
 * is none now; one that signs at once always can.
 */
export interface Signer extends MessageSigner {
  readonly verifier: VerifierKey;
}

/** A key could not sign: whoever keeps it is away, refuses, or gives what does not verify. */
export class SigningError extends Error {
  override readonly name = 'SigningError';
}

/** A key in this process. Throws `bad-key` for one that does not cosign. */
export function memorySigner({ verifier, seed }: SignerKey): Signer {
  return { verifier, ...cosignerAlgorithmOf(verifier.type).signer(seed) };
}
