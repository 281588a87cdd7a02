/**
 * Merkle trees by the recursive definitions of RFC 6962 section 2.1: slow, and as near to the text as can be.
 *
 * The first leaves are distinct; those after them are all equal, so that the nodes of a tree of a billion
 * leaves can be had without hashing a billion.
 */
import { leafHash, nodeHash, sha256, utf8 } from './bytes.ts';

const DISTINCT = 64;

export function leafEntry(index: number): Uint8Array {
  return utf8(`leaf ${Math.min(index, DISTINCT)}`);
}

export function leafAt(index: number): Uint8Array {
  return leafHash(leafEntry(index));
}

/** The largest power of two below n. */
function split(n: number): number {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
}

const uniform = new Map<number, Uint8Array>();

/** MTH of the leaves from start to below end. */
export function rootOf(start: number, end: number): Uint8Array {
  const size = end - start;
  if (size === 0) return sha256(new Uint8Array());
  if (size === 1) return leafAt(start);
  const known = start >= DISTINCT ? uniform.get(size) : undefined;
  if (known !== undefined) return known;
  const middle = start + split(size);
  const root = nodeHash(rootOf(start, middle), rootOf(middle, end));
  if (start >= DISTINCT) uniform.set(size, root);
  return root;
}

export const treeRoot = (size: number): Uint8Array => rootOf(0, size);

/** PATH(m, D[n]) for leaves from `start`. */
export function inclusionPath(index: number, size: number, start = 0): Uint8Array[] {
  if (size === 1) return [];
  const k = split(size);
  return index < k
    ? [...inclusionPath(index, k, start), rootOf(start + k, start + size)]
    : [...inclusionPath(index - k, size - k, start + k), rootOf(start, start + k)];
}

/** PROOF(m, D[n]). */
export function consistencyPath(oldSize: number, newSize: number): Uint8Array[] {
  return oldSize === 0 ? [] : subproof(oldSize, 0, newSize, true);
}

/** SUBPROOF(m, D[start:start+n], b). */
function subproof(m: number, start: number, n: number, isWhole: boolean): Uint8Array[] {
  if (m === n) return isWhole ? [] : [rootOf(start, start + n)];
  const k = split(n);
  return m <= k
    ? [...subproof(m, start, k, isWhole), rootOf(start + k, start + n)]
    : [...subproof(m - k, start + k, n - k, false), rootOf(start, start + k)];
}

/**
 * On which side the neighbour stands at each step of an inclusion proof. Where two pairs of index and size
 * have the same, a proof for one is a proof for the other.
 */
export function sides(index: number, size: number): string {
  if (size === 1) return '';
  const k = split(size);
  return index < k ? `${sides(index, k)}r` : `${sides(index - k, size - k)}l`;
}

/** The root that a leaf and neighbours of any kind lead to. */
export function rootFrom(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
): Uint8Array {
  const steps = sides(index, size);
  if (steps.length !== path.length) throw new Error('the path does not fit');
  return path.reduce(
    (hash, neighbour, i) =>
      steps[i] === 'r' ? nodeHash(hash, neighbour) : nodeHash(neighbour, hash),
    leaf,
  );
}
