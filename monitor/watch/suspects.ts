/**
 * Invalid entries that a log has served on the way to a signed tree, before the walk is at its end.
 *
 * Served is not yet logged: the accusation waits until the entry's leaf hash has been read from tiles
 * that are authenticated against the signed root. That takes a few tiles, however long the walk is.
 */
import type { InvalidEntry, LogProblem } from '#client/check-log.ts';
import type { TileSource } from '#client/tile-source.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { inclusionProof } from '#protocol/merkle/proof.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';

export interface Suspect extends InvalidEntry {
  readonly words: string;
  isCertain: boolean;
  /** A try has shown nothing. */
  isDoubtful: boolean;
  /** That it is in the tree, once that is certain. */
  proof: readonly Hash[];
}

/** The first of them; the whole number is known when the walk has reached its end. */
const MAX_SUSPECTS = 10;

export class Suspects {
  // Owned by the walk; by index of the entry.
  readonly #suspects = new Map<number, Suspect>();

  /** Takes an invalid entry; whether it is one that should be looked at. */
  add({ entry }: LogProblem, words: string): boolean {
    if (entry === undefined || this.#suspects.size >= MAX_SUSPECTS) return false;
    const { index, leafHash } = entry;
    const known = this.#suspects.get(index);
    if (known !== undefined && equalBytes(known.leafHash, leafHash)) return !known.isCertain;
    this.#suspects.set(index, { ...entry, words, isCertain: false, isDoubtful: false, proof: [] });
    return true;
  }

  /** Reads from the log's tiles what has not been shown to be in the tree; the newly certain. */
  async prove(source: TileSource, checkpoint: Checkpoint): Promise<Suspect[]> {
    const tree = new VerifiedTree(source, checkpoint);
    const certain: Suspect[] = [];
    for (const [index, suspect] of this.#suspects) {
      if (suspect.isCertain || index >= checkpoint.size) continue;
      const proof = await proofOf(tree, suspect);
      suspect.isCertain = proof !== undefined;
      suspect.isDoubtful = !suspect.isCertain;
      suspect.proof = proof ?? [];
      if (suspect.isCertain) certain.push(suspect);
    }
    return certain;
  }

  /** In words: those that a try has not shown to be in the tree. */
  get doubtful(): string[] {
    return [...this.#suspects.values()].flatMap(({ isDoubtful, words }) =>
      isDoubtful ? [words] : [],
    );
  }

  get certain(): Suspect[] {
    return [...this.#suspects.values()].filter(({ isCertain }) => isCertain);
  }

  get isEmpty(): boolean {
    return this.#suspects.size === 0;
  }

  clear(): void {
    this.#suspects.clear();
  }
}

/** That the tree has the entry where it was served; undefined if that is not shown. */
async function proofOf(tree: VerifiedTree, { index, leafHash }: Suspect) {
  try {
    const [hash] = await tree.read([{ level: 0, index }]);
    return equalBytes(hash!, leafHash)
      ? await inclusionProof(tree.read, index, tree.size)
      : undefined;
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return undefined;
  }
}
