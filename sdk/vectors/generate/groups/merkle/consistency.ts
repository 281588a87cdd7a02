/** Proofs of consistency, RFC 6962 section 2.1.2. */
import { fill, flipBit, MAX_INTEGER } from '../../bytes.ts';
import { type Case, request } from '../../case.ts';
import { consistencyPath, leafAt, treeRoot } from '../../trees.ts';

interface Consistency {
  readonly old_size: number;
  readonly new_size: number;
  readonly old_root: Uint8Array;
  readonly new_root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const CONSISTENT = 'RFC 6962, section 2.1.2, and log.md, section 2.';

const extended = (name: string, why: string, parts: Consistency, valid: boolean): Case => ({
  name: `consistency: ${name}`,
  why,
  request: request('consistency', { ...parts }),
  answer: { valid },
});

const between = (oldSize: number, newSize: number): Consistency => ({
  old_size: oldSize,
  new_size: newSize,
  old_root: treeRoot(oldSize),
  new_root: treeRoot(newSize),
  proof: consistencyPath(oldSize, newSize),
});

export const pairCases: Case[] = [];

for (let newSize = 0; newSize <= 12; newSize++) {
  for (let oldSize = 0; oldSize <= newSize; oldSize++) {
    pairCases.push(
      extended(`${oldSize} to ${newSize}`, CONSISTENT, between(oldSize, newSize), true),
    );
  }
}

export const largePairCases: Case[] = [
  [1, 1_000_000_000],
  [65_536, 65_537],
  [70_000, 1_000_000_000],
  [2 ** 31, 2 ** 32],
  [2 ** 32 - 1, 2 ** 32 + 1],
  [2 ** 32, 2 ** 32 + 1],
  [2 ** 52, MAX_INTEGER],
  [MAX_INTEGER - 1, MAX_INTEGER],
  [3, MAX_INTEGER],
].map(([oldSize, newSize]) =>
  extended(
    `${oldSize} to ${newSize}`,
    `${CONSISTENT} Sizes are exact up to 2^53-1.`,
    between(oldSize!, newSize!),
    true,
  ),
);

function damagedPair(oldSize: number, newSize: number): Case[] {
  const good = between(oldSize, newSize);
  const bad = (name: string, changes: Partial<Consistency>) =>
    extended(`${oldSize} to ${newSize}, ${name}`, CONSISTENT, { ...good, ...changes }, false);
  const bit = (oldSize * 41 + newSize * 13) % 256;
  return [
    bad('a bit of the old root turned over', { old_root: flipBit(good.old_root, bit) }),
    bad('a bit of the new root turned over', { new_root: flipBit(good.new_root, bit) }),
    bad('the roots exchanged', { old_root: good.new_root, new_root: good.old_root }),
    bad('a hash more at the end', { proof: [...good.proof, leafAt(60)] }),
    bad('a hash more at the beginning', { proof: [leafAt(60), ...good.proof] }),
    bad('without its last hash', { proof: good.proof.slice(0, -1) }),
    bad('without its first hash', { proof: good.proof.slice(1) }),
    ...good.proof.map((hash, i) =>
      bad(`a bit of hash ${i} turned over`, {
        proof: good.proof.with(i, flipBit(hash, (bit + 89 * i) % 256)),
      }),
    ),
    bad('one leaf less in the old tree', { old_size: oldSize - 1 }),
    bad('the sizes exchanged', { old_size: newSize, new_size: oldSize }),
  ];
}

export const damagedPairCases: Case[] = (
  [
    [1, 2],
    [2, 3],
    [3, 4],
    [3, 7],
    [4, 7],
    [6, 8],
    [7, 8],
    [5, 12],
  ] as const
).flatMap(([oldSize, newSize]) => damagedPair(oldSize, newSize));

const EDGES =
  'log.md, section 2: equal sizes have an empty proof and equal roots; from size 0 the proof is empty, and the old root that of the empty tree.';

export const edgeCases: Case[] = [
  extended('equal sizes, other roots', EDGES, { ...between(5, 5), old_root: treeRoot(4) }, false),
  extended(
    'equal sizes, the same root that may be any',
    EDGES,
    { ...between(5, 5), old_root: fill(32, 9), new_root: fill(32, 9) },
    true,
  ),
  extended('equal sizes with a proof', EDGES, { ...between(5, 5), proof: [leafAt(0)] }, false),
  extended(
    'from 0 with another old root',
    EDGES,
    { ...between(0, 5), old_root: fill(32, 0) },
    false,
  ),
  extended('from 0 with a proof', EDGES, { ...between(0, 5), proof: [treeRoot(5)] }, false),
  extended('from 0 to any root', EDGES, { ...between(0, 5), new_root: fill(32, 9) }, true),
  extended(
    'from 0 to 0 with another root',
    EDGES,
    { ...between(0, 0), old_root: fill(32, 9), new_root: fill(32, 9) },
    false,
  ),
  extended('from 0 to 0 with a proof', EDGES, { ...between(0, 0), proof: [leafAt(0)] }, false),
  extended(
    'to a smaller tree',
    CONSISTENT,
    { ...between(3, 5), old_size: 5, new_size: 3, old_root: treeRoot(5), new_root: treeRoot(3) },
    false,
  ),
  extended(
    'to a smaller tree without a proof',
    CONSISTENT,
    { ...between(3, 3), old_size: 5 },
    false,
  ),
  extended('no proof between two sizes', CONSISTENT, { ...between(3, 5), proof: [] }, false),
  extended(
    'no proof between two sizes with equal roots',
    CONSISTENT,
    { ...between(3, 5), proof: [], old_root: treeRoot(5) },
    false,
  ),
  extended(
    'a proof that begins with the old root of a power of two',
    `${CONSISTENT} It is not in the proof.`,
    { ...between(4, 7), proof: [treeRoot(4), ...consistencyPath(4, 7)] },
    false,
  ),
  extended(
    '64 hashes',
    'log.md, section 2: no proof has more than 63 hashes, and one that does fits no trees.',
    { ...between(3, MAX_INTEGER), proof: Array.from({ length: 64 }, () => leafAt(0)) },
    false,
  ),
  extended(
    'the leaves of two trees that differ',
    CONSISTENT,
    { ...between(4, 7), old_root: leafAt(3) },
    false,
  ),
];
