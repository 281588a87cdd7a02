/** Leaf hashes and proofs of inclusion, RFC 6962 section 2.1.1. */
import { bytes, fill, flipBit, hex, leafHash, MAX_INTEGER, sha256, utf8 } from '../../bytes.ts';
import { type Case, request } from '../../case.ts';
import { inclusionPath, leafAt, rootFrom, sides, treeRoot } from '../../trees.ts';

export const LEAF = 'log.md, section 2: the leaf hash is SHA-256(0x00 || entry).';

const leaf = (name: string, entry: Uint8Array): Case => ({
  name: `leaf hash: ${name}`,
  why: LEAF,
  request: request('leaf-hash', { entry }),
  answer: { leaf_hash: hex(leafHash(entry)) },
});

export const leafCases: Case[] = [
  leaf('no bytes', bytes()),
  leaf('a byte', bytes(0)),
  leaf('abc', utf8('abc')),
  leaf('64 bytes, as an inner node has', fill(64, 1)),
  leaf('bytes that are no UTF-8', bytes(0xff, 0xfe, 0x80)),
  leaf('8,192 bytes', fill(8192, 0x78)),
];

interface Inclusion {
  readonly leaf: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

const PATH = 'RFC 6962, section 2.1.1, and log.md, section 2.';

const included = (name: string, why: string, parts: Inclusion, valid: boolean): Case => ({
  name: `inclusion: ${name}`,
  why,
  request: request('inclusion', { ...parts }),
  answer: { valid },
});

const inTree = (index: number, size: number): Inclusion => ({
  leaf: leafAt(index),
  index,
  size,
  proof: inclusionPath(index, size),
  root: treeRoot(size),
});

export const smallTreeCases: Case[] = [];

for (let size = 1; size <= 17; size++) {
  for (let index = 0; index < size; index++) {
    smallTreeCases.push(included(`leaf ${index} of ${size}`, PATH, inTree(index, size), true));
  }
}

export const largeTreeCases: Case[] = [
  [0, 2 ** 20],
  [2 ** 20 - 1, 2 ** 20],
  [2 ** 20, 2 ** 20 + 1],
  [5, 1_000_000_000],
  [999_999_999, 1_000_000_000],
  [2 ** 31 - 1, 2 ** 31],
  [2 ** 31, 2 ** 31 + 1],
  [2 ** 32 - 1, 2 ** 32],
  [2 ** 32, 2 ** 32 + 1],
  [2 ** 32 + 7, 2 ** 33 - 5],
  [0, 2 ** 52 + 1],
  [2 ** 52, 2 ** 52 + 1],
  [0, MAX_INTEGER],
  [MAX_INTEGER - 1, MAX_INTEGER],
  [2 ** 52, MAX_INTEGER],
].map(([index, size]) =>
  included(
    `leaf ${index} of ${size}`,
    `${PATH} Sizes are exact up to 2^53-1.`,
    inTree(index!, size!),
    true,
  ),
);

/** Every kind of damage to the proof of a leaf, one bit or one number at a time. */
function damage(index: number, size: number): Case[] {
  const good = inTree(index, size);
  const of = `leaf ${index} of ${size}`;
  const bad = (name: string, changes: Partial<Inclusion>) =>
    included(`${of}, ${name}`, PATH, { ...good, ...changes }, false);
  const bit = (index * 37 + size * 11) % 256;
  const cases = [
    bad(`bit ${bit} of the leaf turned over`, { leaf: flipBit(good.leaf, bit) }),
    bad(`bit ${255 - bit} of the root turned over`, { root: flipBit(good.root, 255 - bit) }),
    bad('a hash more at the end', { proof: [...good.proof, leafAt(60)] }),
    bad('a hash more at the beginning', { proof: [leafAt(60), ...good.proof] }),
    ...good.proof.map((hash, i) =>
      bad(`a bit of hash ${i} turned over`, {
        proof: good.proof.with(i, flipBit(hash, (bit + 89 * i) % 256)),
      }),
    ),
  ];
  if (good.proof.length > 0) {
    cases.push(
      bad('without its last hash', { proof: good.proof.slice(0, -1) }),
      bad('without its first hash', { proof: good.proof.slice(1) }),
    );
  }
  if (good.proof.length > 1)
    cases.push(bad('its hashes backwards', { proof: good.proof.toReversed() }));
  return cases;
}

export const damagedCases: Case[] = [];

for (const size of [1, 2, 3, 5, 8]) {
  for (let index = 0; index < size; index++) damagedCases.push(...damage(index, size));
}

/** A proof says nothing of a size or an index where the neighbours stand on the same sides. */
const SIDES =
  'RFC 6962, section 2.1.1: index and size decide on which side each neighbour stands, and nothing else.';

export const otherPlaceCases: Case[] = [];

for (const [index, size] of [
  [0, 1],
  [0, 3],
  [2, 3],
  [1, 5],
  [4, 5],
  [6, 7],
  [3, 8],
] as const) {
  const good = inTree(index, size);
  const places = [
    [index + 1, size],
    [index - 1, size],
    [index ^ 2, size],
    [index ^ 4, size],
    [index, size + 1],
    [index, size - 1],
    [index, 2 * size],
    [index, size + 2 ** 32],
    [index + 2 ** 32, size + 2 ** 32],
    [size, size],
    [size + 5, size],
    [index, 0],
    [MAX_INTEGER, size],
    [index, MAX_INTEGER],
  ];
  const distinct = new Map(places.map((place) => [place.join(' of '), place]));
  for (const [place, [i, n]] of distinct) {
    if (i! < 0 || (i === index && n === size)) continue;
    const fits = i! < n! && sides(i!, n!) === sides(index, size);
    const why =
      i! >= n!
        ? 'verifier.md, section 5, and log.md, section 2: an index is below the size.'
        : SIDES;
    otherPlaceCases.push(
      included(`leaf ${index} of ${size} as ${place}`, why, { ...good, index: i!, size: n! }, fits),
    );
  }
}

const neighbours = Array.from({ length: 64 }, (_, i) => sha256(utf8(`neighbour ${i}`)));

export const specialCases: Case[] = [
  included(
    'the root of a tree of one leaf is its leaf',
    PATH,
    { leaf: leafAt(9), index: 0, size: 1, proof: [], root: leafAt(9) },
    true,
  ),
  included(
    'an empty tree holds nothing',
    PATH,
    { leaf: leafAt(0), index: 0, size: 0, proof: [], root: treeRoot(0) },
    false,
  ),
  included(
    'an inner node as a leaf',
    'log.md, section 2: leaves and nodes are hashed apart.',
    { leaf: treeRoot(2), index: 0, size: 2, proof: [leafAt(2)], root: treeRoot(4) },
    false,
  ),
  included(
    'a leaf of zeros under its own root',
    PATH,
    { leaf: fill(32, 0), index: 0, size: 1, proof: [], root: fill(32, 0) },
    true,
  ),
  included(
    'neighbours that are all equal',
    PATH,
    {
      leaf: fill(32, 7),
      index: 5,
      size: 8,
      proof: [fill(32, 7), fill(32, 7), fill(32, 7)],
      root: rootFrom(fill(32, 7), 5, 8, [fill(32, 7), fill(32, 7), fill(32, 7)]),
    },
    true,
  ),
  included(
    '53 neighbours',
    PATH,
    {
      leaf: leafAt(0),
      index: 0,
      size: MAX_INTEGER,
      proof: neighbours.slice(0, 53),
      root: rootFrom(leafAt(0), 0, MAX_INTEGER, neighbours.slice(0, 53)),
    },
    true,
  ),
  included(
    '53 neighbours on all sides',
    PATH,
    {
      leaf: leafAt(0),
      index: 0x15555555555555,
      size: MAX_INTEGER,
      proof: neighbours.slice(0, 53),
      root: rootFrom(leafAt(0), 0x15555555555555, MAX_INTEGER, neighbours.slice(0, 53)),
    },
    true,
  ),
  included(
    '64 neighbours',
    'log.md, section 2: no proof has more than 63 hashes, and one that does fits no tree.',
    { leaf: leafAt(0), index: 0, size: MAX_INTEGER, proof: neighbours, root: treeRoot(1) },
    false,
  ),
];
