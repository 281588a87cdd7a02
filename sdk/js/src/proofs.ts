/** Trust policies and offline proofs (docs/spec/log.md, sections 8 and 9; docs/spec/verifier.md, section 5). */
import type { LeafHash } from '#protocol/merkle/hash.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import * as policies from '#protocol/policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '#protocol/proof/tlog-proof.ts';
import { judging, reading } from './format-error.ts';
import { asString, type Text } from './text.ts';

/** A trust policy: which logs are trusted, and which witnesses make a quorum. Throws `malformed`. */
export function parsePolicy(text: Text): Policy {
  return reading('malformed', () => policies.parsePolicy(asString(text)));
}

/** What a proof shows of an entry. */
export interface VerifiedProof {
  /** Of the log. */
  readonly origin: string;
  /** Of the entry, counted from 0. */
  readonly index: number;
  readonly treeSize: number;
  /** The witnesses that cosigned, by their names in the policy and in its order. */
  readonly witnesses: readonly string[];
  /** A proof without its quorum shows only that the log signed it. */
  readonly quorumMet: boolean;
  /** Unix milliseconds by which the quorum had cosigned; absent without one, and for `quorum none`. */
  readonly loggedAt?: number;
}

/**
 * Verifies that an entry with the leaf hash `leaf`, 32 bytes, is in a log that the policy trusts. An unmet quorum
 * is not thrown: look at `quorumMet`. Throws `FormatError`: `malformed`, `untrusted`, `bad-signature` or
 * `bad-proof`; RangeError or TypeError for a leaf hash that is none.
 */
export function verifyProof(text: Text, leaf: Uint8Array, policy: Policy): VerifiedProof {
  const proof = reading('malformed', () => parseTlogProof(asString(text)));
  // What is no hash is refused there.
  const opened = judging(() => verifyTlogProof(proof, leaf as LeafHash, policy));
  const { checkpoint, cosignatures, quorumMet, quorumTimeSeconds } = opened;
  return {
    origin: checkpoint.origin,
    index: proof.index,
    treeSize: checkpoint.size,
    witnesses: cosignatures.map(({ witness }) => witness),
    quorumMet,
    ...(quorumTimeSeconds === undefined ? {} : { loggedAt: quorumTimeSeconds * 1000 }),
  };
}
