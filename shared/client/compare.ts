/**
 * Compares two checkpoints of one log, using tiles that nobody needs to trust.
 *
 * The prefix root of the smaller size is computed from tiles that are authenticated against the
 * larger root. So it is either the smaller checkpoint's own root (consistent), or another one, and
 * then the same nodes make a proof that the signers of both contradict themselves. Tiles that fit
 * neither show nothing: that is undecided, and for the caller to be suspicious about.
 */
import { equalBytes } from '#protocol/bytes.ts';
import {
  type Evidence,
  proveDifferentSizeFork,
  proveSameSizeFork,
} from '#protocol/evidence/evidence.ts';
import { consistencyProof, treeRoot } from '#protocol/merkle/proof.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { TileSource } from './tile-source.ts';
import { isSourceFailure, VerifiedTree } from './verified-tree.ts';

/** A checkpoint whose log signature has been verified, and the note that carries it. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** The signed note, verbatim. */
  readonly note: string;
}

export type Comparison =
  | { readonly kind: 'consistent' }
  /** One bundle for each of `keys` that signed both sides; never empty. */
  | { readonly kind: 'contradiction'; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'undecided'; readonly reason: string };

/**
 * `keys` are those whose contradictions matter: the log's key, and any cosigner's. The tiles should
 * come from the log; whatever they hold, they cannot make an honest pair look contradictory. Throws
 * RangeError for checkpoints of two origins, which no comparison says anything about.
 */
export async function compareCheckpoints(
  a: SignedCheckpoint,
  b: SignedCheckpoint,
  source: TileSource,
  keys: readonly VerifierKey[],
): Promise<Comparison> {
  if (a.checkpoint.origin !== b.checkpoint.origin) {
    throw new RangeError('expected two checkpoints of one origin');
  }
  const [small, large] = a.checkpoint.size <= b.checkpoint.size ? [a, b] : [b, a];
  if (small.checkpoint.size === large.checkpoint.size) {
    if (equalBytes(small.checkpoint.root, large.checkpoint.root)) return { kind: 'consistent' };
    return contradiction(proveSameSizeFork(small.note, large.note, keys));
  }
  try {
    const tree = new VerifiedTree(source, large.checkpoint);
    const size = small.checkpoint.size;
    const prefixRoot = await treeRoot(tree.read, size);
    if (equalBytes(prefixRoot, small.checkpoint.root)) return { kind: 'consistent' };
    const proof = await consistencyProof(tree.read, size, large.checkpoint.size);
    return contradiction(proveDifferentSizeFork(small.note, large.note, prefixRoot, proof, keys));
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return { kind: 'undecided', reason: error.message };
  }
}

function contradiction(evidence: readonly Evidence[]): Comparison {
  if (evidence.length > 0) return { kind: 'contradiction', evidence };
  return { kind: 'undecided', reason: 'no key of interest signed both checkpoints' };
}
