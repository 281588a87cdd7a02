/**
 * How far the index of leaves is behind the tree: arithmetic alone.
 *
 * Leaves enter the index a generation at a time, in the order of their hashes: so neighbours in it are written
 * together, and not each with a page of its own. While new leaves fill one generation, the one before moves into
 * the index, with each commit as many leaves as it adds. So two generations at most are not in the index yet; any
 * reader has them out of the strips (unindexed-leaves.ts).
 *
 * How long a generation is and in which order it moves is part of the schema: `moved` says nothing without it.
 */

/** Short, so that a small log does what a large one does. */
export const SHORTEST_GENERATION = 64;
/** At 10^7 leaves five of it share a page of the index, and two take 2 MiB of memory for each connection. */
export const LONGEST_GENERATION = 2 ** 17;

/** The index has all leaves before `indexed`, and the first `moved` of the generation that begins there. */
export interface IndexPosition {
  readonly indexed: number;
  readonly moved: number;
}

/** Those leaves of the generation from `first` on that have the places `from` to `to - 1` in its order. */
export interface Slice {
  readonly first: number;
  readonly from: number;
  readonly to: number;
}

/** An eighth of what is indexed by then, within the limits. */
export function generationLength(first: number): number {
  const eighth = Math.floor(first / 8);
  return Math.min(LONGEST_GENERATION, Math.max(SHORTEST_GENERATION, eighth));
}

/** What has to move with the commit of a tree of `size` leaves, and where the index is then. */
export function moveOn(
  position: IndexPosition,
  size: number,
): { slices: Slice[]; position: IndexPosition } {
  const slices: Slice[] = [];
  let { indexed: first, moved: from } = position;
  for (;;) {
    const length = generationLength(first);
    const to = Math.min(length, Math.max(from, size - (first + length)));
    if (to > from) slices.push({ first, from, to });
    if (to < length) return { slices, position: { indexed: first, moved: to } };
    [first, from] = [first + length, 0];
  }
}
