/** The cast of the evidence tests: a log, witnesses, and two histories that part at leaf 5. */
import type { Hash } from '#protocol/merkle/hash.ts';
import { leafHash } from '#protocol/merkle/hash.ts';
import { formatCheckpoint, signCheckpoint } from '#protocol/note/checkpoint.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { consistencyPath, merkleTreeHash } from '../merkle/reference-tree.ts';
import { testKey } from '../note/support.ts';

export const ORIGIN = 'log.example';
export const log = testKey(ORIGIN, 1, 1);
export const witness = testKey('witness.example', 4, 2);
export const quantum = testKey('quantum.example', 6, 3);
export const stranger = testKey('stranger.example', 4, 4);
export const otherLog = testKey('other.example', 1, 5);
export const keys = [log, witness, quantum].map(({ verifier }) => verifier);

/** Leaves of a history: the same for all up to leaf 4, then its own. */
function history(name: string, size: number): Hash[] {
  return Array.from({ length: size }, (_, i) =>
    leafHash(new TextEncoder().encode(i < 5 ? `entry ${i}` : `${name} ${i}`)),
  );
}

export function root(name: string, size: number): Hash {
  return merkleTreeHash(history(name, size));
}

export function consistency(name: string, oldSize: number, newSize: number): Hash[] {
  return consistencyPath(oldSize, history(name, newSize));
}

export interface Signing {
  readonly size: number;
  readonly origin?: string;
  readonly extensions?: readonly string[];
  /** The log key that signs; none when null. */
  readonly by?: SignerKey | null;
  readonly cosigners?: readonly (readonly [SignerKey, number])[];
}

/** A note on a tree of the named history. */
export function noteOn(name: string, signing: Signing): string {
  const { size, origin = ORIGIN, extensions = [], by = log, cosigners = [] } = signing;
  const checkpoint = { origin, size, root: root(name, size), extensions };
  const text = formatCheckpoint(checkpoint);
  const own: NoteSignature[] =
    by === null ? [] : [...parseNote(signCheckpoint(checkpoint, by)).signatures];
  const others = cosigners.map(([key, time]) => cosign(text, key, time));
  return formatNote({ text, signatures: [...own, ...others] });
}
