/**
 * A checkpoint as somebody showed it, verified: signed by the log, with the cosignatures that hold.
 *
 * `note` carries verified signature lines only, so nothing forged beside good ones is ever stored
 * or becomes part of evidence.
 */
import { ProtocolError } from '#protocol/errors.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import { formatNote, type NoteSignature, signaturesBy } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy, type WitnessCosignature } from '#protocol/policy/policy.ts';

export interface View {
  readonly checkpoint: Checkpoint;
  /** The signed text: what makes two views the same statement. */
  readonly text: string;
  readonly note: string;
  readonly logSignature: NoteSignature;
  /** At most one of each witness in the policy, its earliest. */
  readonly cosignatures: readonly WitnessCosignature[];
  readonly quorumMet: boolean;
  readonly quorumTimeSeconds?: number;
}

/** Throws `ProtocolError` for a note that is not a checkpoint of `origin` under the policy. */
export function openView(note: string, origin: string, policy: Policy): View {
  const opened = openWithPolicy(note, policy);
  const { checkpoint, cosignatures, quorumMet, quorumTimeSeconds } = opened;
  if (checkpoint.origin !== origin) {
    throw new ProtocolError('untrusted', `expected a checkpoint of "${origin}"`, 'origin');
  }
  const { text } = opened.note;
  // `openWithPolicy` has verified every line of this key.
  const logSignature = signaturesBy(opened.note, opened.logKey)[0]!;
  const signatures = [logSignature, ...cosignatures.map(({ signature }) => signature)];
  const view = {
    checkpoint,
    text,
    note: formatNote({ text, signatures }),
    logSignature,
    cosignatures,
    quorumMet,
  };
  return quorumTimeSeconds === undefined ? view : { ...view, quorumTimeSeconds };
}
