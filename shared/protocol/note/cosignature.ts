/**
 * Cosignatures (C2SP tlog-cosignature): a witness's timestamped statement that a checkpoint is the
 * largest consistent tree it has seen for the origin, with a key of a cosigner type of `algorithms.ts`.
 *
 * The signature bytes are a 64-bit big-endian time in POSIX seconds and the signature proper. A
 * cosignature of a checkpoint always has a time: zero is refused, made or read, and so is a time that
 * is no exact number of milliseconds below 2^53.
 */
import { checkInteger } from '../arguments.ts';
import { concatBytes, decodeUint64, encodeUint64 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { cosignerAlgorithmOf, isCosignerType } from './algorithms.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { SignerKey, VerifierKey } from './key.ts';
import { distinctSignaturesBy, type Note, type NoteSignature } from './note.ts';
import { recode } from './recode.ts';

/** Latest time of a cosignature, in POSIX seconds: in milliseconds it is still an exact number. */
export const MAX_COSIGNATURE_SECONDS = Math.floor(Number.MAX_SAFE_INTEGER / 1000);

const TIME_BYTES = 8;

export interface Cosignature {
  readonly key: VerifierKey;
  /** When the witness cosigned, in POSIX seconds; at least 1. */
  readonly timeSeconds: number;
  readonly signature: NoteSignature;
}

function badCosignature(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-cosignature', message, field);
}

/**
 * Cosigns the text of a checkpoint at a time in POSIX seconds. Throws `bad-key` for a log key,
 * `bad-checkpoint` for another text, `bad-cosignature` for an origin that does not fit, RangeError for
 * a time that is not in 1 to `MAX_COSIGNATURE_SECONDS`.
 */
export function cosign(checkpointText: string, key: SignerKey, timeSeconds: number): NoteSignature {
  const { verifier, seed } = key;
  const message = cosignatureMessage(checkpointText, verifier, timeSeconds);
  const signature = cosignerAlgorithmOf(verifier.type).sign(seed, message);
  return cosignatureLine(verifier, timeSeconds, signature);
}

/**
 * What a key that is kept elsewhere has to sign for a cosignature. Throws as `cosign` does. `checkpoint` is
 * what the text parses to, from whoever has parsed it already.
 */
export function cosignatureMessage(
  checkpointText: string,
  { name, type }: VerifierKey,
  timeSeconds: number,
  checkpoint = parseCheckpoint(checkpointText),
): Uint8Array {
  const { cosignatureMessage: encode } = cosignerAlgorithmOf(type);
  checkInteger(timeSeconds, 'timeSeconds', 1, MAX_COSIGNATURE_SECONDS);
  return encode({ name, timeSeconds, text: checkpointText, checkpoint });
}

/** The line of a cosignature, of the signature on its `cosignatureMessage`. */
export function cosignatureLine(
  { name, id }: VerifierKey,
  timeSeconds: number,
  signature: Uint8Array,
): NoteSignature {
  return { name, id, bytes: concatBytes(encodeUint64(timeSeconds), signature) };
}

/** The time of a cosignature's line, in POSIX seconds; 0 for none. Throws `bad-cosignature`. */
export function cosignatureTime({ bytes }: NoteSignature): number {
  return recode('bad-cosignature', 'time', () => decodeUint64(bytes.subarray(0, TIME_BYTES)));
}

/**
 * Verifies one cosignature on the text of a checkpoint. Throws `bad-key` for a log key,
 * `bad-cosignature` for the wrong name, ID, length or time 0, `bad-signature` when it does not verify.
 */
export function verifyCosignature(
  checkpointText: string,
  key: VerifierKey,
  signature: NoteSignature,
): Cosignature {
  const { signatureBytes, verify } = cosignerAlgorithmOf(key.type);
  const { name, id, bytes } = signature;
  if (name !== key.name || id !== key.id) throw badCosignature('signature of another key', 'id');
  if (signature.loose !== undefined) throw badCosignature('not canonical base64', 'signature');
  const length = TIME_BYTES + signatureBytes;
  if (bytes.length !== length) {
    throw badCosignature(`expected ${length} bytes, got ${bytes.length}`, 'signature');
  }
  const timeSeconds = cosignatureTime(signature);
  if (timeSeconds === 0) throw badCosignature('time 0 on a checkpoint', 'time');
  if (timeSeconds > MAX_COSIGNATURE_SECONDS) {
    throw badCosignature(`time above ${MAX_COSIGNATURE_SECONDS}`, 'time');
  }
  const message = cosignatureMessage(checkpointText, key, timeSeconds);
  if (!verify(key.publicKey, message, bytes.subarray(TIME_BYTES))) {
    throw new ProtocolError('bad-signature', `cosignature by ${name} does not verify`);
  }
  return { key, timeSeconds, signature };
}

/**
 * Every cosignature on a checkpoint's note by one of `keys`, in the order of the lines; a line
 * repeated verbatim counts once. Unknown keys are ignored, and so are log keys among `keys`. A
 * known name and ID with a signature that is malformed or does not verify throws `bad-signature`.
 */
export function findCosignatures(note: Note, keys: readonly VerifierKey[]): Cosignature[] {
  const found: { line: number; cosignature: Cosignature }[] = [];
  for (const key of keys.filter(({ type }) => isCosignerType(type))) {
    for (const signature of distinctSignaturesBy(note, key)) {
      const cosignature = verifyKnown(note.text, key, signature);
      found.push({ line: note.signatures.indexOf(signature), cosignature });
    }
  }
  return found.sort((a, b) => a.line - b.line).map(({ cosignature }) => cosignature);
}

function verifyKnown(text: string, key: VerifierKey, signature: NoteSignature): Cosignature {
  try {
    return verifyCosignature(text, key, signature);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-cosignature') {
      throw new ProtocolError('bad-signature', `cosignature by ${key.name}: ${error.message}`);
    }
    throw error;
  }
}
