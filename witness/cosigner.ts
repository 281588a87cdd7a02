/**
 * Signs checkpoints with every key of the witness (C2SP tlog-cosignature), and keeps its clock
 * from going backwards.
 */
import { isCosignerType } from '#protocol/note/algorithms.ts';
import { cosign } from '#protocol/note/cosignature.ts';
import type { SignerKey, VerifierKey } from '#protocol/note/key.ts';
import type { NoteSignature } from '#protocol/note/note.ts';
import { ConfigError } from '#service/errors.ts';

export interface Cosigner {
  readonly name: string;
  /** Ed25519 first. */
  readonly verifiers: readonly VerifierKey[];
  /** One signature for each key, all at the same time (POSIX seconds, at least 1). */
  cosign(checkpointText: string, timeSeconds: number): NoteSignature[];
}

/** Throws `ConfigError` unless the keys are cosignature keys of one name and of different types. */
export function createCosigner(keys: readonly SignerKey[]): Cosigner {
  const sorted = [...keys].sort((a, b) => a.verifier.type - b.verifier.type);
  const verifiers = sorted.map(({ verifier }) => verifier);
  const [first] = verifiers;
  if (first === undefined) throw new ConfigError('A witness needs at least one key.');
  for (const { name, type } of verifiers) {
    if (!isCosignerType(type)) {
      throw new ConfigError(`The key ${name} is a log's (type ${type}), not a witness's.`);
    }
    if (name !== first.name) {
      throw new ConfigError(`The keys of a witness share one name, got ${first.name} and ${name}.`);
    }
  }
  if (new Set(verifiers.map(({ type }) => type)).size < verifiers.length) {
    throw new ConfigError(`The witness ${first.name} has two keys of type ${first.type}.`);
  }
  return {
    name: first.name,
    verifiers,
    cosign: (text, timeSeconds) => sorted.map((key) => cosign(text, key, timeSeconds)),
  };
}

/**
 * The time to cosign at: now, but never before the last cosignature for the log, and never 0.
 *
 * A cosignature says "at this time, this was the largest tree I had seen". After a clock has been
 * set back, the larger tree would carry the earlier time, and the two cosignatures together would
 * prove misbehaviour that never happened. So time stands still until the clock has caught up.
 */
export function cosignatureTime(nowMs: number, lastSeconds: number): number {
  return Math.max(1, lastSeconds, Math.floor(nowMs / 1000));
}
