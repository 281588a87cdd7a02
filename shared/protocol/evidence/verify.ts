/**
 * The judgement of evidence (docs/spec/evidence.md, "Verification"): did the accused key sign both
 * notes, do they contradict each other as the kind says, and how much does that weigh?
 *
 * Everything is checked from the signatures up, with the accused's key and nothing else. Evidence
 * that proves nothing gets a reason; nothing is thrown.
 */
import { equalBytes, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyConsistency, verifyInclusion } from '../merkle/proof.ts';
import { isCosignerType, isLogType } from '../note/algorithms.ts';
import { type Checkpoint, findLogSignatures, parseCheckpoint } from '../note/checkpoint.ts';
import { cosignatureTime, verifyCosignature } from '../note/cosignature.ts';
import { parseVerifierKey, type VerifierKey } from '../note/key.ts';
import { parseNote } from '../note/note.ts';
import type { Contradiction, Evidence, RefusedEntry } from './document.ts';
import { faultByRules } from './entry-rules.ts';
import { type EvidenceStanding, standingOf } from './kinds.ts';

export interface EvidenceVerdict {
  readonly proven: boolean;
  /** How much it weighs; present when it is proven. Only `proof` convicts the accused whatever its rules. */
  readonly standing?: EvidenceStanding;
  /** The verifier key that signed both notes, as text. */
  readonly accused: string;
  /** Origin of the log that the notes are about; empty when the first note cannot be read. */
  readonly origin: string;
  /** One sentence for people. */
  readonly statement: string;
  /** Why it proves nothing; absent when it does. */
  readonly reason?: string;
}

/** A checkpoint that the accused verifiably signed. */
export interface SignedTree {
  /** The note with that one signature line. */
  readonly note: string;
  readonly checkpoint: Checkpoint;
  /** When, in POSIX seconds; 0 for a signature that has no time. */
  readonly timeSeconds: number;
}

function unproven(message: string): ProtocolError {
  return new ProtocolError('bad-evidence', message);
}

/**
 * Reads a note of evidence: a checkpoint with one signature line, by the accused, that verifies.
 * Throws a `ProtocolError` otherwise.
 */
export function openSignedTree(note: string, accused: VerifierKey): SignedTree {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  const [signature, ...others] = parsed.signatures;
  if (signature === undefined || others.length > 0) {
    throw unproven('it has signature lines beside that of the accused');
  }
  if (!isLogType(accused.type)) {
    const { timeSeconds } = verifyCosignature(parsed.text, accused, signature);
    return { note, checkpoint, timeSeconds };
  }
  findLogSignatures(parsed, { origin: checkpoint.origin, keys: [accused] });
  const timeSeconds = isCosignerType(accused.type) ? cosignatureTime(signature) : 0;
  return { note, checkpoint, timeSeconds };
}

/** Whether these trees are listed in the order that evidence of a same-size fork lists them. */
export function inRootOrder(first: Checkpoint, second: Checkpoint): boolean {
  return toHex(first.root) < toHex(second.root);
}

function timeText(timeSeconds: number): string {
  const date = new Date(timeSeconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${timeSeconds}` : date.toISOString();
}

function leafCount(size: number): string {
  return size === 1 ? '1 leaf' : `${size} leaves`;
}

function judgeSameSize(who: string, first: SignedTree, second: SignedTree): string {
  const { size } = first.checkpoint;
  if (size !== second.checkpoint.size) throw unproven('the two trees differ in size');
  if (!inRootOrder(first.checkpoint, second.checkpoint)) {
    throw unproven('the two roots are equal or not in ascending order');
  }
  return `${who} two different trees of ${leafCount(size)}.`;
}

function judgeDifferentSize(
  who: string,
  first: SignedTree,
  second: SignedTree,
  { otherRoot, proof }: Contradiction,
): string {
  const { size, root } = first.checkpoint;
  const larger = second.checkpoint;
  if (size >= larger.size) throw unproven('the first tree is not the smaller one');
  if (otherRoot === undefined || proof === undefined) throw unproven('it has no consistency proof');
  if (toHex(otherRoot) === toHex(root))
    throw unproven('the other root is the root that was signed');
  if (!verifyConsistency(size, otherRoot, larger.size, larger.root, proof)) {
    throw unproven('the consistency proof does not verify');
  }
  return `${who} a tree of ${leafCount(size)} and a tree of ${leafCount(larger.size)} that does not extend it.`;
}

function judgeBackwards(
  who: string,
  first: SignedTree,
  second: SignedTree,
  accused: VerifierKey,
): string {
  if (!isCosignerType(accused.type)) throw unproven('the accused is not a cosigner');
  const { size } = second.checkpoint;
  if (size >= first.checkpoint.size) throw unproven('the second tree is not the smaller one');
  if (first.timeSeconds === 0) throw unproven('the larger tree was signed without a time');
  if (second.timeSeconds <= first.timeSeconds)
    throw unproven('the smaller tree is not the later one');
  const larger = `after a larger tree of ${leafCount(first.checkpoint.size)} at ${timeText(first.timeSeconds)}`;
  const fact = `${who} a tree of ${leafCount(size)} at ${timeText(second.timeSeconds)}, ${larger}.`;
  return `${fact} A clock that stepped back does this too: it convicts nobody.`;
}

function judgeSameIndex(
  who: string,
  first: SignedTree,
  second: SignedTree,
  { leaves }: Contradiction,
): string {
  if (leaves === undefined) throw unproven('it has no leaves');
  if (first.checkpoint.size >= second.checkpoint.size) {
    throw unproven('the first tree is not the smaller one');
  }
  if (equalBytes(leaves.first.leaf, leaves.second.leaf)) throw unproven('the two leaves are one');
  for (const side of ['first', 'second'] as const) {
    const { size, root } = { first, second }[side].checkpoint;
    const { leaf, proof } = leaves[side];
    if (verifyInclusion(leaf, leaves.index, size, proof, root)) continue;
    throw unproven(`the inclusion proof of the ${side} leaf does not verify`);
  }
  const sizes = `a tree of ${leafCount(first.checkpoint.size)} and one of ${leafCount(second.checkpoint.size)}`;
  return `${who} ${sizes} with different entries at index ${leaves.index}.`;
}

/** A signed tree with an entry in it that its rules refuse. */
function judgeEntry(evidence: RefusedEntry, accused: VerifierKey): string {
  const { entry, index, proof, rules } = evidence;
  const { checkpoint } = openSide('first', evidence.first, accused);
  const { origin, size, root } = checkpoint;
  if (!isLogType(accused.type)) throw unproven('the accused is a witness, which reads no entries');
  const fault = faultByRules(rules, entry);
  if (fault === undefined) throw unproven(`the rules of ${rules} do not refuse the entry`);
  if (!verifyInclusion(leafHash(entry), index, size, proof, root)) {
    throw unproven('the inclusion proof of the entry does not verify');
  }
  const tree = `${whoSigned(accused, origin)} a tree of ${leafCount(size)} whose entry ${index}`;
  const fact = `${tree} the rules of ${rules} refuse: ${fault.code} ${fault.message}.`;
  return `${fact} It convicts a log that keeps these rules.`;
}

/** The statement that the evidence proves. Throws a `ProtocolError` that says why it does not. */
function judge(evidence: Evidence, accused: VerifierKey): string {
  return evidence.kind === 'invalid-entry'
    ? judgeEntry(evidence, accused)
    : judgePair(evidence, accused);
}

function judgePair(evidence: Contradiction, accused: VerifierKey): string {
  const first = openSide('first', evidence.first, accused);
  const second = openSide('second', evidence.second, accused);
  const { origin } = first.checkpoint;
  if (origin !== second.checkpoint.origin) throw unproven('the two notes are of different origins');
  const hasProof = evidence.otherRoot !== undefined || evidence.proof !== undefined;
  if (hasProof && evidence.kind !== 'different-size-fork') {
    throw unproven('it has a consistency proof that its kind does not use');
  }
  if (evidence.leaves !== undefined && evidence.kind !== 'same-index-fork') {
    throw unproven('it has leaves that its kind does not use');
  }
  const who = whoSigned(accused, origin);
  switch (evidence.kind) {
    case 'same-size-fork':
      return judgeSameSize(who, first, second);
    case 'different-size-fork':
      return judgeDifferentSize(who, first, second, evidence);
    case 'cosigned-backwards':
      return judgeBackwards(who, first, second, accused);
    case 'same-index-fork':
      return judgeSameIndex(who, first, second, evidence);
  }
}

function whoSigned({ type, name }: VerifierKey, origin: string): string {
  if (!isLogType(type)) return `The witness "${name}" cosigned, for the log "${origin}",`;
  if (name === origin) return `The log "${origin}" signed`;
  // A witness, or a log under another name: the same kind of key signs for both.
  if (isCosignerType(type)) return `The cosigner "${name}" cosigned, for the log "${origin}",`;
  return `The key "${name}" signed, for the log "${origin}",`;
}

function openSide(side: string, note: string, accused: VerifierKey): SignedTree {
  try {
    return openSignedTree(note, accused);
  } catch (error) {
    if (error instanceof ProtocolError) throw unproven(`the ${side} note: ${error.message}`);
    throw error;
  }
}

/** The first line of the first note: only to say what the evidence is about. */
function claimedOrigin(evidence: Evidence): string {
  try {
    return parseCheckpoint(parseNote(evidence.first).text).origin;
  } catch (error) {
    if (error instanceof ProtocolError) return '';
    throw error;
  }
}

/**
 * Judges evidence. Never throws for evidence that `parseEvidence` or a helper of `prove.ts` made;
 * evidence made by hand, of no known kind or with hashes that are none, throws RangeError.
 */
export function verifyEvidence(evidence: Evidence): EvidenceVerdict {
  const standing = standingOf(evidence.kind);
  const accused = evidence.accused.text;
  const origin = claimedOrigin(evidence);
  try {
    const statement = judge(evidence, parseVerifierKey(accused));
    return { proven: true, standing, accused, origin, statement };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const statement = `This proves nothing against "${evidence.accused.name}".`;
    return { proven: false, accused, origin, statement, reason: error.message };
  }
}
