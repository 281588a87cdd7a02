/**
 * Making evidence (docs/spec/evidence.md, "Making evidence") from notes that somebody showed.
 *
 * Each function tries every key it is given and returns only what `verifyEvidence` proves: an empty
 * list for notes that are honest, malformed, or not signed by these keys. Two observers of the
 * same notes make the same bytes.
 */
import { ProtocolError } from '../errors.ts';
import type { Hash } from '../merkle/hash.ts';
import type { VerifierKey } from '../note/key.ts';
import { formatNote, parseNote, signaturesBy } from '../note/note.ts';
import {
  type Contradiction,
  type Evidence,
  encodeEvidence,
  type ProvenLeaf,
  type RefusedEntry,
} from './document.ts';
import { ENTRY_RULES, faultByRules } from './entry-rules.ts';
import { inRootOrder, openSignedTree, type SignedTree, verifyEvidence } from './verify.ts';

/** Runs `read`; undefined for whatever the library refuses, because then it proves nothing. */
function ifValid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/**
 * What one key verifiably signed on a note, each with its own line and no other: the earliest
 * first, and at one time in the order of the text of the lines.
 */
function signedTrees(note: string, key: VerifierKey): SignedTree[] {
  const parsed = ifValid(() => parseNote(note));
  if (parsed === undefined) return [];
  return (ifValid(() => signaturesBy(parsed, key)) ?? [])
    .map((line) => formatNote({ text: parsed.text, signatures: [line] }))
    .map((single) => ifValid(() => openSignedTree(single, key)))
    .filter((tree) => tree !== undefined)
    .sort((a, b) => a.timeSeconds - b.timeSeconds || (a.note < b.note ? -1 : 1));
}

/** The evidence that stands and fits a document; one at most for each key. */
function proven<T extends Evidence>(
  keys: readonly VerifierKey[],
  candidate: (accused: VerifierKey) => T | undefined,
): T[] {
  return keys
    .map(candidate)
    .filter((evidence) => evidence !== undefined)
    .filter((evidence) => verifyEvidence(evidence).proven)
    .filter((evidence) => ifValid(() => encodeEvidence(evidence)) !== undefined);
}

/**
 * Evidence against each of `keys` that signed both notes, when they are of one origin and size
 * with different roots. The order of the notes does not matter.
 */
export function proveSameSizeFork(
  first: string,
  second: string,
  keys: readonly VerifierKey[],
): Contradiction[] {
  return proven(keys, (accused) => {
    const [a] = signedTrees(first, accused);
    const [b] = signedTrees(second, accused);
    if (a === undefined || b === undefined) return undefined;
    const [low, high] = inRootOrder(a.checkpoint, b.checkpoint) ? [a, b] : [b, a];
    return { kind: 'same-size-fork', accused, first: low.note, second: high.note };
  });
}

/**
 * Evidence against each of `keys` that signed both notes, when `proof` shows that the larger tree
 * has `otherRoot` at the smaller one's size, and that is not the root that was signed there.
 */
export function proveDifferentSizeFork(
  smaller: string,
  larger: string,
  otherRoot: Hash,
  proof: readonly Hash[],
  keys: readonly VerifierKey[],
): Contradiction[] {
  return proven(keys, (accused) => {
    const [a] = signedTrees(smaller, accused);
    const [b] = signedTrees(larger, accused);
    if (a === undefined || b === undefined) return undefined;
    const notes = { first: a.note, second: b.note };
    return { kind: 'different-size-fork', accused, ...notes, otherRoot, proof };
  });
}

/**
 * Evidence against each of `keys` that cosigned both notes, the smaller tree at a later time. The
 * order of the notes does not matter; of several times, those furthest apart are taken.
 */
export function proveCosignedBackwards(
  a: string,
  b: string,
  keys: readonly VerifierKey[],
): Contradiction[] {
  return proven(keys, (accused) => {
    const [treesA, treesB] = [a, b].map((note) =>
      signedTrees(note, accused).filter(({ timeSeconds }) => timeSeconds > 0),
    ) as [SignedTree[], SignedTree[]];
    const aIsLarger = (treesA[0]?.checkpoint.size ?? 0) > (treesB[0]?.checkpoint.size ?? 0);
    const [larger, smaller] = aIsLarger ? [treesA, treesB] : [treesB, treesA];
    const [earliest, latest] = [larger[0], smaller.at(-1)];
    if (earliest === undefined || latest === undefined) return undefined;
    return { kind: 'cosigned-backwards', accused, first: earliest.note, second: latest.note };
  });
}

/** A tree that was signed, and the leaf that it has at the index. */
export interface LeafClaim extends ProvenLeaf {
  readonly note: string;
}

/**
 * Evidence against each of `keys` that signed both notes, when the two trees, of different sizes, have
 * different leaves at `index`. The order does not matter. It takes two offline proofs and no tiles.
 */
export function proveSameIndexFork(
  index: number,
  one: LeafClaim,
  other: LeafClaim,
  keys: readonly VerifierKey[],
): Contradiction[] {
  return proven(keys, (accused) => {
    const [a] = signedTrees(one.note, accused);
    const [b] = signedTrees(other.note, accused);
    if (a === undefined || b === undefined) return undefined;
    const sides = [
      { tree: a, leaf: one.leaf, proof: one.proof },
      { tree: b, leaf: other.leaf, proof: other.proof },
    ] as const;
    const isInOrder = a.checkpoint.size <= b.checkpoint.size;
    const [small, large] = isInOrder ? sides : ([sides[1], sides[0]] as const);
    const leaves = {
      index,
      first: { leaf: small.leaf, proof: small.proof },
      second: { leaf: large.leaf, proof: large.proof },
    };
    const notes = { first: small.tree.note, second: large.tree.note };
    return { kind: 'same-index-fork', accused, ...notes, leaves };
  });
}

/**
 * Evidence against each of a log's keys that signed the note, when the tree has `entry` at `index` by
 * `proof`, and rules that evidence knows refuse it. `logKeys` must be those of the log: a witness is not
 * to blame for an entry.
 */
export function proveInvalidEntry(
  note: string,
  index: number,
  entry: Uint8Array,
  proof: readonly Hash[],
  logKeys: readonly VerifierKey[],
): RefusedEntry[] {
  const rules = ENTRY_RULES.find((name) => faultByRules(name, entry) !== undefined);
  if (rules === undefined) return [];
  return proven(logKeys, (accused) => {
    const [tree] = signedTrees(note, accused);
    if (tree === undefined) return undefined;
    return { kind: 'invalid-entry', accused, first: tree.note, entry, index, proof, rules };
  });
}
