/**
 * Making evidence (docs/spec/evidence.md, "Making evidence") from two notes that somebody showed.
 *
 * Each function tries every key it is given and returns only what `verifyEvidence` proves: an empty
 * list for notes that are honest, malformed, or not signed by these keys. Two observers of the
 * same notes make the same bytes.
 */
import { ProtocolError } from '../errors.ts';
import type { Hash } from '../merkle/hash.ts';
import type { VerifierKey } from '../note/key.ts';
import { formatNote, parseNote, signaturesBy } from '../note/note.ts';
import type { Evidence } from './document.ts';
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

/** The evidence among `candidates` that stands; one at most for each key. */
function proven(
  keys: readonly VerifierKey[],
  candidate: (accused: VerifierKey) => Evidence | undefined,
): Evidence[] {
  return keys
    .map(candidate)
    .filter((evidence) => evidence !== undefined)
    .filter((evidence) => verifyEvidence(evidence).proven);
}

/**
 * Evidence against each of `keys` that signed both notes, when they are of one origin and size
 * with different roots. The order of the notes does not matter.
 */
export function proveSameSizeFork(
  first: string,
  second: string,
  keys: readonly VerifierKey[],
): Evidence[] {
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
): Evidence[] {
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
): Evidence[] {
  return proven(keys, (accused) => {
    const [treesA, treesB] = [signedTrees(a, accused), signedTrees(b, accused)];
    const aIsLarger = (treesA[0]?.checkpoint.size ?? 0) > (treesB[0]?.checkpoint.size ?? 0);
    const [larger, smaller] = aIsLarger ? [treesA, treesB] : [treesB, treesA];
    const [earliest, latest] = [larger[0], smaller.at(-1)];
    if (earliest === undefined || latest === undefined) return undefined;
    return { kind: 'cosigned-backwards', accused, first: earliest.note, second: latest.note };
  });
}
