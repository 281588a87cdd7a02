/**
 * Judging a checkpoint by a policy: signed by a listed log, and by which witnesses, since when.
 *
 * A signature by any listed log of the checkpoint's origin suffices. Any signature that claims to
 * be by a listed key, also by that of a log of another origin, and does not verify spoils the whole
 * note.
 */
import { ProtocolError } from '../errors.ts';
import { type Checkpoint, findLogSignatures, parseCheckpoint } from '../note/checkpoint.ts';
import { type Cosignature, findCosignatures } from '../note/cosignature.ts';
import type { VerifierKey } from '../note/key.ts';
import { claimsSignatureBy, type Note, parseNote } from '../note/note.ts';
import { checkPolicy, isQuorumMet, type Policy, quorumTime } from './model.ts';

/** A verified cosignature and the policy's name for the witness that made it. */
export type WitnessCosignature = Cosignature & { readonly witness: string };

export interface WitnessedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  /** The listed log key whose signature was verified. */
  readonly logKey: VerifierKey;
  /** One for each witness that cosigned, its earliest, in the order of the policy. */
  readonly cosignatures: readonly WitnessCosignature[];
  readonly quorumMet: boolean;
  /**
   * Smallest t, in POSIX seconds, such that the cosignatures with time <= t satisfy the quorum;
   * absent while it is not met, and for `quorum none`.
   */
  readonly quorumTimeSeconds?: number;
}

/** The listed log key that signed. Throws `untrusted` when none did, `bad-signature` on a bad one. */
function findLog(note: Note, origin: string, policy: Policy): VerifierKey {
  const signers = policy.logs.map(({ key }) => key).filter((key) => claimsSignatureBy(note, key));
  const signer = signers.find(({ name }) => name === origin);
  if (signer === undefined) {
    throw new ProtocolError('untrusted', `no signature by a trusted log of origin "${origin}"`);
  }
  findLogSignatures(note, { origin, keys: signers });
  return signer;
}

function earliestByWitness(note: Note, policy: Policy): WitnessCosignature[] {
  const all = findCosignatures(
    note,
    policy.witnesses.map(({ key }) => key),
  );
  return policy.witnesses.flatMap(({ name, key }) => {
    const [earliest] = all
      .filter((cosignature) => cosignature.key === key)
      .sort((a, b) => a.timeSeconds - b.timeSeconds);
    return earliest === undefined ? [] : [{ ...earliest, witness: name }];
  });
}

/**
 * Opens a checkpoint note by a policy. Throws `bad-note`, `bad-checkpoint`, `too-large`,
 * `untrusted` or `bad-signature`. An unmet quorum is not thrown: see `quorumMet`.
 */
export function openWithPolicy(note: string, policy: Policy): WitnessedCheckpoint {
  checkPolicy(policy);
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  const logKey = findLog(parsed, checkpoint.origin, policy);
  const cosignatures = earliestByWitness(parsed, policy);
  const times = new Map(cosignatures.map(({ witness, timeSeconds }) => [witness, timeSeconds]));
  const quorumMet = isQuorumMet(policy, new Set(times.keys()));
  const quorumTimeSeconds = quorumTime(policy, times);
  const opened = { checkpoint, note: parsed, logKey, cosignatures, quorumMet };
  return quorumTimeSeconds === undefined ? opened : { ...opened, quorumTimeSeconds };
}

/**
 * Its note with the lines that were verified alone, one by the log and one by each witness: others prove nothing to
 * whoever goes by this policy, and there may be many.
 */
export function verifiedNote({ note, logKey, cosignatures }: WitnessedCheckpoint): Note {
  const byLog = note.signatures.find(({ name, id }) => name === logKey.name && id === logKey.id)!;
  return { text: note.text, signatures: [byLog, ...cosignatures.map((line) => line.signature)] };
}
