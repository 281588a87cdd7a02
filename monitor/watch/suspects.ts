/**
 * Invalid entries that a log has served on the way to a signed tree, before the walk is at its end.
 *
 * Served is not yet logged: the accusation waits until the entry's leaf hash has been read from tiles
 * that are authenticated against the signed root. That takes a few tiles, however long the walk is.
 */
import type { LogProblem } from '#client/check-log.ts';
import type { TileSource } from '#client/tile-source.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';

interface Suspect {
  readonly leafHash: Hash;
  readonly words: string;
  isCertain: boolean;
  /** A try has shown nothing. */
  isDoubtful: boolean;
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
    this.#suspects.set(index, { leafHash, words, isCertain: false, isDoubtful: false });
    return true;
  }

  /** Reads from the log's tiles what has not been shown to be in the tree; the newly certain. */
  async prove(source: TileSource, checkpoint: Checkpoint): Promise<string[]> {
    const tree = new VerifiedTree(source, checkpoint);
    const certain: string[] = [];
    for (const [index, suspect] of this.#suspects) {
      if (suspect.isCertain || index >= checkpoint.size) continue;
      suspect.isCertain = await holds(tree, index, suspect.leafHash);
      suspect.isDoubtful = !suspect.isCertain;
      if (suspect.isCertain) certain.push(suspect.words);
    }
    return certain;
  }

  /** In words: those that a try has not shown to be in the tree. */
  get doubtful(): string[] {
    return [...this.#suspects.values()].flatMap(({ isDoubtful, words }) =>
      isDoubtful ? [words] : [],
    );
  }

  get certain(): string[] {
    return [...this.#suspects.values()].flatMap(({ isCertain, words }) =>
      isCertain ? [words] : [],
    );
  }

  get isEmpty(): boolean {
    return this.#suspects.size === 0;
  }

  clear(): void {
    this.#suspects.clear();
  }
}

async function holds(tree: VerifiedTree, index: number, leafHash: Hash): Promise<boolean> {
  try {
    const [hash] = await tree.read([{ level: 0, index }]);
    return equalBytes(hash!, leafHash);
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return false;
  }
}
