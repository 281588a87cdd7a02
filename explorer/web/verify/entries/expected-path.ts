/**
 * What the hashes of a proof have to be, read from the tree itself: for an entry whose proof fails, so that a visitor
 * sees which of its hashes is the wrong one.
 */
import type { TileSource } from '#client/tile-source.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { inclusionProof } from '#protocol/merkle/proof.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';

export interface ExpectedPath {
  readonly leaf: Hash;
  readonly siblings: readonly Hash[];
}

/** Undefined where there is no such entry, or the tiles do not come. */
export async function expectedPath(
  source: TileSource,
  checkpoint: Checkpoint,
  index: number,
): Promise<ExpectedPath | undefined> {
  if (index >= checkpoint.size) return undefined;
  const { read } = new VerifiedTree(source, checkpoint);
  try {
    const [leaf] = await read([{ level: 0, index }]);
    return { leaf: leaf!, siblings: await inclusionProof(read, index, checkpoint.size) };
  } catch (error) {
    if (isSourceFailure(error)) return undefined;
    throw error;
  }
}
