/**
 * The proof that a tree has only grown, as a picture: the hashes of subtrees that the old and the new tree share, at
 * the left, make the root of both; those of what is new, at the right, go into the new root alone.
 */
import { EMPTY_ROOT, type Hash, nodeHash } from '#protocol/merkle/hash.ts';
import type { LeafRange } from '#protocol/merkle/ranges.ts';
import { subtreeRanges } from '#protocol/merkle/subtree.ts';
import {
  compared,
  held,
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

export interface TreeHead {
  readonly size: number;
  readonly root: Hash;
  readonly isVerified: boolean;
  /** A sentence on its signatures. */
  readonly words: string;
}

export interface ConsistencyInput {
  readonly old: TreeHead;
  readonly new: TreeHead;
  readonly proof: readonly Hash[];
}

const COLUMN = 80;
const GAP = 8;
/** It stands for the old and for the new tree. */
const SEED = 2 * COLUMN + GAP;
const [SHARED, OLD, NEW, ADDED] = [0, 1, 2, 3].map((i) => i * (COLUMN + GAP)) as [
  number,
  number,
  number,
  number,
];

type Placed = Omit<PictureNode, 'y'>;

/** Undefined where the proof has not the length that these sizes ask for. */
export function consistencyPicture({
  old,
  new: now,
  proof,
}: ConsistencyInput): Picture | undefined {
  const title = `Proof that the tree of ${now.size} holds the tree of ${old.size}`;
  if (old.size > now.size) return undefined;
  if (old.size === 0 || old.size === now.size) {
    return proof.length === 0 ? withoutProof(title, old, now) : undefined;
  }
  const { seeded, ranges } = subtreeRanges({ start: 0, end: old.size }, now.size);
  if (ranges.length !== proof.length) return undefined;
  return new Walk(old, now).run(title, seeded, ranges, proof);
}

/** Owns the rows and lines of one picture while its proof is walked, from the bottom. */
class Walk {
  readonly #heads: readonly [TreeHead, TreeHead];
  readonly #rows: RowOfNodes[] = [];
  readonly #edges: PictureEdge[] = [];

  constructor(old: TreeHead, now: TreeHead) {
    this.#heads = [old, now];
  }

  run(
    title: string,
    seeded: boolean,
    ranges: readonly LeafRange[],
    proof: readonly Hash[],
  ): Picture {
    const [old, now] = this.#heads;
    const from = seeded ? 1 : 0;
    const seedRange = seeded ? ranges[0]! : { start: 0, end: old.size };
    const seed = seedNode(seeded ? proof[0]! : old.root, seedRange, seeded);
    let [oldNode, newNode] = [seed, seed];
    let [oldRange, newRange] = [seedRange, seedRange];
    let row: Placed[] = [seed];
    for (let i = from; i < ranges.length; i++) {
      const isShared = ranges[i]!.start < old.size;
      const sibling = siblingNode(ranges[i]!, proof[i]!, i, isShared);
      this.#rows.push(isShared ? [sibling, ...row] : [...row, sibling]);
      const n = i + 1 - from;
      const above: Placed[] = [];
      if (isShared) {
        oldRange = { start: ranges[i]!.start, end: oldRange.end };
        oldNode = this.#parent(`old-${n}`, OLD, oldRange, [sibling, oldNode], oldNode);
        above.push(oldNode);
      }
      newRange = {
        start: Math.min(newRange.start, ranges[i]!.start),
        end: Math.max(newRange.end, ranges[i]!.end),
      };
      const pair: Pair = isShared ? [sibling, newNode] : [newNode, sibling];
      newNode = this.#parent(`new-${n}`, NEW, newRange, pair, newNode);
      row = [...above, newNode];
    }
    this.#rows.push(row);
    const signed = [
      signedNode('old', OLD, old, oldNode.hash!),
      signedNode('new', NEW, now, newNode.hash!),
    ];
    this.#rows.push(signed);
    this.#edges.push(
      { from: oldNode.id, to: signed[0]!.id, isEquality: true },
      { from: newNode.id, to: signed[1]!.id, isEquality: true },
    );
    const rows = held(held(this.#rows.reverse(), oldNode.id, old.root), newNode.id, now.root);
    return stack(title, rows, this.#edges);
  }

  #parent(id: string, x: number, range: LeafRange, [left, right]: Pair, below: Placed): Placed {
    const hash = nodeHash(left.hash!, right.hash!);
    const sibling = left.id === below.id ? right : left;
    this.#edges.push({ from: below.id, to: id }, { from: sibling.id, to: id });
    return {
      id,
      kind: 'computed',
      state: 'plain',
      x,
      width: COLUMN,
      lines: [shortHash(hash), rangeLine(range, COLUMN)],
      title: `${x === OLD ? 'Old' : 'New'} tree: over ${rangeText(range)}`,
      hash,
      story: {
        kind: 'node',
        text: 'SHA-256 of a byte 1, the left hash and the right hash',
        left: { name: left.title, hash: left.hash! },
        right: { name: right.title, hash: right.hash! },
      },
    };
  }
}

type Pair = readonly [left: Placed, right: Placed];

function seedNode(hash: Hash, range: LeafRange, seeded: boolean): Placed {
  return {
    id: 'seed',
    kind: 'leaf',
    state: 'plain',
    x: OLD,
    width: SEED,
    lines: [shortHash(hash), `both: ${rangeLine(range, SEED - 40)}`],
    title: `In both trees: the subtree over ${rangeText(range)}`,
    hash,
    story: {
      kind: 'given',
      text: seeded
        ? 'It comes with the proof: the last subtree of the old tree, and a subtree of the new one.'
        : 'The old tree is itself a subtree of the new one: its signed root is where the proof begins.',
    },
  };
}

function siblingNode(range: LeafRange, hash: Hash, i: number, isShared: boolean): Placed {
  const where = isShared ? 'In both trees' : 'In the new tree only';
  return {
    id: `sibling-${i}`,
    kind: 'sibling',
    state: 'plain',
    x: isShared ? SHARED : ADDED,
    width: COLUMN,
    lines: [shortHash(hash), rangeLine(range, COLUMN)],
    title: `${where}: the subtree over ${rangeText(range)}`,
    hash,
    story: { kind: 'given', text: 'It comes with the proof.' },
  };
}

function signedNode(side: 'old' | 'new', x: number, head: TreeHead, computed: Hash): Placed {
  const isMade = compared(computed, head.root).state === 'good';
  const made = isMade
    ? 'The proof has made this very hash.'
    : 'The proof should have made this hash, and made another one: the new tree does not hold the old one by this proof.';
  return {
    id: `signed-${side}`,
    kind: 'signed',
    state: head.isVerified ? (isMade ? 'good' : 'plain') : 'bad',
    x,
    width: COLUMN,
    lines: [shortHash(head.root), `${side} root`],
    title: `The signed root of the ${side} tree, of ${head.size}`,
    hash: head.root,
    story: { kind: 'given', text: `${made} ${head.words}` },
  };
}

/** Two trees of one size have one root, and the empty tree is in every one. */
function withoutProof(title: string, old: TreeHead, now: TreeHead): Picture {
  const shouldBe = old.size === now.size ? now.root : EMPTY_ROOT;
  const width = (WIDTH - GAP) / 2;
  const nodes = [
    { ...signedNode('old', 0, old, shouldBe), width },
    { ...signedNode('new', width + GAP, now, now.root), width },
  ];
  const isEquality = old.size === now.size;
  const edges = isEquality ? [{ from: 'signed-old', to: 'signed-new', isEquality }] : [];
  return stack(title, held([nodes], 'signed-old', shouldBe), edges);
}
