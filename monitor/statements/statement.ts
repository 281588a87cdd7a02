/** One signed checkpoint, with the verified signatures of everybody who was seen to sign it. */
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatNote, type NoteSignature } from '#protocol/note/note.ts';
import type { View } from './view.ts';

export interface Statement {
  readonly checkpoint: Checkpoint;
  readonly text: string;
  readonly note: string;
  /** Names of witnesses in the policy, with their key and line. A note has room for all of them. */
  readonly cosigners: ReadonlyMap<string, { key: VerifierKey; line: NoteSignature }>;
  readonly logSignature: NoteSignature;
}

export function bySize(a: Statement, b: Statement): number {
  return a.checkpoint.size - b.checkpoint.size;
}

export function fromView(view: View): Statement {
  const { checkpoint, text, logSignature } = view;
  const none = { checkpoint, text, note: '', cosigners: new Map(), logSignature };
  return merged(none, view);
}

/** With the cosigners that a view of the same text adds; the same object when it adds none. */
export function merged(known: Statement, view: View): Statement {
  const added = view.cosignatures.filter(({ witness }) => !known.cosigners.has(witness));
  if (added.length === 0 && known.note !== '') return known;
  const cosigners = new Map(known.cosigners);
  for (const { witness, key, signature } of added) {
    cosigners.set(witness, { key, line: signature });
  }
  const lines = [...cosigners.values()].map(({ line }) => line);
  const note = formatNote({ text: known.text, signatures: [known.logSignature, ...lines] });
  return { ...known, note, cosigners };
}
