/**
 * The proof that an entry is in a tree, as a picture: from the leaf at the bottom, with a sibling at each step, up to
 * the root, which has to be the one that was signed.
 */
import { type Hash, type LeafHash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import { inclusionRanges } from '#protocol/merkle/proof.ts';
import type { LeafRange } from '#protocol/merkle/ranges.ts';
import type { ExpectedPath } from '../../verify/entries/expected-path.ts';
import {
  compared,
  held,
  type NamedHash,
  type Picture,
  type PictureEdge,
  type PictureNode,
  type RowOfNodes,
  rangeLine,
  rangeText,
  shortHash,
  stack,
  WIDTH,
} from '../picture.ts';
import { type PicturedCheckpoint, signedRows } from './signed-rows.ts';

export interface InclusionInput {
  readonly entry: Uint8Array;
  readonly index: number;
  readonly proof: readonly Hash[];
  readonly root: Hash;
  readonly checkpoint: PicturedCheckpoint;
  /** What the tree's own nodes are, where they were read: tells which hash of a bad proof is the wrong one. */
  readonly expected?: ExpectedPath;
}

const COLUMN = 108;
const GAP = 10;
const [LEFT, MIDDLE, RIGHT] = [0, COLUMN + GAP, 2 * (COLUMN + GAP)];

/** One step up: two hashes become one. */
export interface PathStep {
  readonly sibling: LeafRange;
  readonly isLeft: boolean;
  /** What it is the hash of. */
  readonly range: LeafRange;
}

/** The steps from a leaf to the root; undefined where a proof of so many hashes cannot fit. */
export function pathSteps(index: number, size: number, hashes: number): PathStep[] | undefined {
  if (index >= size) return undefined;
  const siblings = inclusionRanges(index, size);
  if (siblings.length !== hashes) return undefined;
  let range: LeafRange = { start: index, end: index + 1 };
  return siblings.map((sibling) => {
    const isLeft = sibling.start < range.start;
    range = {
      start: Math.min(range.start, sibling.start),
      end: Math.max(range.end, sibling.end),
    };
    return { sibling, isLeft, range };
  });
}

/** Undefined where the proof has not the length that this index and this size ask for. */
export function inclusionPicture(input: InclusionInput): Picture | undefined {
  const { entry, index, proof, root, checkpoint, expected } = input;
  const steps = pathSteps(index, checkpoint.size, proof.length);
  if (steps === undefined) return undefined;
  const rows: RowOfNodes[] = [];
  const edges: PictureEdge[] = [];
  let path = leafNode(leafHash(entry), input);
  for (const [i, step] of steps.entries()) {
    const sibling = siblingNode(step, proof[i]!, i, expected?.siblings[i]);
    rows.push(step.isLeft ? [sibling, path] : [path, sibling]);
    const parent = parentNode(step, path, sibling, i + 1);
    edges.push({ from: path.id, to: parent.id }, { from: sibling.id, to: parent.id });
    path = parent;
  }
  rows.push([path]);
  const signed = signedNode(root, path.hash!);
  rows.push([signed]);
  edges.push({ from: path.id, to: signed.id, isEquality: true });
  const top = signedRows(checkpoint);
  edges.push({ from: signed.id, to: top.id }, ...top.edges);
  const title = `Proof that entry ${index} is in a tree of ${checkpoint.size}`;
  return stack(title, [...top.rows, ...held(rows.reverse(), path.id, root)], edges);
}

type Placed = Omit<PictureNode, 'y'>;

function leafNode(leaf: LeafHash, { entry, index, expected }: InclusionInput): Placed {
  return {
    id: 'leaf',
    kind: 'leaf',
    ...compared(leaf, expected?.leaf),
    x: MIDDLE,
    width: COLUMN,
    lines: [shortHash(leaf), rangeLine({ start: index, end: index + 1 }, COLUMN)],
    title: `Entry ${index}: its leaf hash`,
    hash: leaf,
    story: {
      kind: 'leaf',
      text: `SHA-256 of a zero byte and the ${entry.length} bytes of the entry`,
      entry,
    },
  };
}

function siblingNode(
  { sibling, isLeft }: PathStep,
  hash: Hash,
  i: number,
  expected: Hash | undefined,
): Placed {
  return {
    id: `sibling-${i}`,
    kind: 'sibling',
    ...compared(hash, expected),
    x: isLeft ? LEFT : RIGHT,
    width: COLUMN,
    lines: [shortHash(hash), rangeLine(sibling, COLUMN)],
    title: `Sibling ${i + 1}, on the ${isLeft ? 'left' : 'right'}: over ${rangeText(sibling)}`,
    hash,
    story: { kind: 'given', text: 'It comes with the proof.' },
  };
}

function parentNode({ range, isLeft }: PathStep, path: Placed, sibling: Placed, n: number): Placed {
  const [left, right] = (isLeft ? [sibling, path] : [path, sibling]).map(named) as [
    NamedHash,
    NamedHash,
  ];
  const hash = nodeHash(left.hash, right.hash);
  return {
    id: `node-${n}`,
    kind: 'computed',
    state: 'plain',
    x: MIDDLE,
    width: COLUMN,
    lines: [shortHash(hash), rangeLine(range, COLUMN)],
    title: `Step ${n}: over ${rangeText(range)}`,
    hash,
    story: {
      kind: 'node',
      text: 'SHA-256 of a byte 1, the left hash and the right hash',
      left,
      right,
    },
  };
}

function named({ title, hash }: Placed): NamedHash {
  return { name: title, hash: hash! };
}

/** Where it is not what the last step made, that step is the one that is marked. */
function signedNode(root: Hash, computed: Hash): Placed {
  const isMade = compared(computed, root).state === 'good';
  return {
    id: 'signed-root',
    kind: 'signed',
    state: isMade ? 'good' : 'plain',
    x: (WIDTH - COLUMN) / 2,
    width: COLUMN,
    lines: [shortHash(root), 'signed root'],
    title: 'The root that the log signed',
    hash: root,
    story: {
      kind: 'given',
      text: isMade
        ? 'The last step has made this very hash: the entry is in the tree that was signed.'
        : 'The last step should have made this hash, and made another one: this proof does not show that the entry is in the tree.',
    },
  };
}
