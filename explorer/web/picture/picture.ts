/**
 * A proof as a picture: boxes with hashes in them and lines between them, placed, and for each box its story, which
 * can be computed anew before the visitor's eyes. Plain data, which components render and files keep.
 *
 * The root is at the top, and every step up takes two hashes and makes one. It is drawn as narrow as a phone.
 */
import { equalBytes, toHex } from '#protocol/bytes.ts';
import { type Hash, leafHash, nodeHash } from '#protocol/merkle/hash.ts';
import type { LeafRange } from '#protocol/merkle/ranges.ts';

export interface NamedHash {
  readonly name: string;
  readonly hash: Hash;
}

/** What a box is made of. */
export type Story =
  /** It came with the answer, or is what was signed: nothing makes it here. */
  | { readonly kind: 'given'; readonly text: string }
  | { readonly kind: 'leaf'; readonly text: string; readonly entry: Uint8Array }
  | {
      readonly kind: 'node';
      readonly text: string;
      readonly left: NamedHash;
      readonly right: NamedHash;
    };

export interface PictureNode {
  readonly id: string;
  readonly kind: 'leaf' | 'sibling' | 'computed' | 'signed' | 'checkpoint' | 'witness';
  readonly state: 'plain' | 'good' | 'bad';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** At most two, short enough for the box. */
  readonly lines: readonly string[];
  /** What it is, for whoever cannot see it and above its story. */
  readonly title: string;
  readonly hash?: Hash;
  /** What the hash should have been, where that is known and it is not. */
  readonly expected?: Hash;
  readonly story: Story;
}

export interface PictureEdge {
  readonly from: string;
  readonly to: string;
  /** Two that have to be equal, rather than one that is made of the other. */
  readonly isEquality?: boolean;
}

export interface Picture {
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PictureNode[];
  readonly edges: readonly PictureEdge[];
  /** Ids by rows from the top, each from the left: how the keys walk. */
  readonly rows: readonly (readonly string[])[];
  /** Whether all that has to be equal is. */
  readonly holds: boolean;
}

/** Of every picture; a phone of 375 pixels has a little more. */
export const WIDTH = 344;
export const NODE_HEIGHT = 40;
const ROW_HEIGHT = 66;
const MARGIN = 4;

/** A row of boxes that knows its place only once all rows are there. */
export type RowOfNodes = readonly Omit<PictureNode, 'y'>[];

/** Places rows from the top down. */
export function stack(
  title: string,
  rows: readonly RowOfNodes[],
  edges: readonly PictureEdge[],
): Picture {
  const nodes = rows.flatMap((row, i) =>
    row.map((node) => ({ ...node, y: MARGIN + i * ROW_HEIGHT })),
  );
  return {
    title,
    width: WIDTH,
    height: 2 * MARGIN + Math.max(0, rows.length - 1) * ROW_HEIGHT + NODE_HEIGHT,
    nodes,
    edges,
    rows: rows.map((row) => row.map(({ id }) => id)),
    holds: nodes.every(({ state }) => state !== 'bad'),
  };
}

/** The rows with one box held against what it has to be. */
export function held(rows: readonly RowOfNodes[], id: string, expected: Hash): RowOfNodes[] {
  return rows.map((row) =>
    row.map((node) => (node.id === id ? { ...node, ...compared(node.hash!, expected) } : node)),
  );
}

/** Makes the hash of a story again; undefined for what is given. */
export function recompute(story: Story): Hash | undefined {
  switch (story.kind) {
    case 'given':
      return undefined;
    case 'leaf':
      return leafHash(story.entry);
    case 'node':
      return nodeHash(story.left.hash, story.right.hash);
  }
}

export function shortHash(hash: Hash): string {
  return `${toHex(hash.subarray(0, 4))}\u2026`;
}

/** What stands in a box of this width below its hash. */
export function rangeLine({ start, end }: LeafRange, width: number): string {
  const whole = end - start === 1 ? `leaf ${start}` : `${start}\u2013${end - 1}`;
  if (whole.length * SMALL_LETTER <= width) return whole;
  return end - start === 1 ? 'one leaf' : `${compact.format(end - start)} leaves`;
}

/** Width of a letter of a second line. */
const SMALL_LETTER = 6.7;
const compact = new Intl.NumberFormat('en', { notation: 'compact' });

/** For sentences. */
export function rangeText({ start, end }: LeafRange): string {
  return end - start === 1 ? `leaf ${start}` : `leaves ${start} to ${end - 1}`;
}

/** As `state`, with what was expected where it differs. */
export function compared(hash: Hash, expected: Hash | undefined) {
  if (expected === undefined) return { state: 'plain' } as const;
  return equalBytes(hash, expected)
    ? ({ state: 'good' } as const)
    : ({ state: 'bad', expected } as const);
}
