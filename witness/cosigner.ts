/**
 * Signs checkpoints with every active key of the witness (C2SP tlog-cosignature), and keeps its clock
 * from going backwards.
 */
import { isCosignerType } from '#protocol/note/algorithms.ts';
import type { Checkpoint } from '#protocol/note/checkpoint.ts';
import { cosignatureLine, cosignatureMessage } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { NoteSignature } from '#protocol/note/note.ts';
import { ConfigError } from '#service/errors.ts';
import type { Signer } from './signer.ts';

/** Keys of a witness that sign at a time: each is a line on every checkpoint. */
export const MAX_ACTIVE_KEYS = 8;

/** A key that signed once and never does again. */
export interface RetiredKey {
  readonly key: VerifierKey;
  readonly retiredAtMs: number;
}

/** What is cosigned. */
export interface CosignedText {
  /** Of a checkpoint. */
  readonly text: string;
  /** The same, parsed. */
  readonly checkpoint: Checkpoint;
}

export class Cosigner {
  readonly name: string;
  /** Owned by `setKeys`: whoever signs reads it once, and asks `isActive` before a line leaves. */
  #signers: readonly Signer[];
  #retired: readonly RetiredKey[];

  /** Throws `ConfigError` unless the keys are cosignature keys of one name, each of them once. */
  constructor(signers: readonly Signer[], retired: readonly RetiredKey[] = []) {
    this.#signers = checkSigners(signers);
    this.#retired = retired;
    this.name = this.#signers[0]!.verifier.name;
  }

  /** All that sign at the moment, Ed25519 first. */
  get active(): readonly VerifierKey[] {
    return this.#signers.map(({ verifier }) => verifier);
  }

  /** They stay published, as old cosignatures stay verifiable. */
  get retired(): readonly RetiredKey[] {
    return this.#retired;
  }

  /** The keys that sign at the moment, to be asked for a signature on anything else. */
  get signers(): readonly Signer[] {
    return this.#signers;
  }

  /** Replaces the keys, which are of this witness. */
  setKeys(signers: readonly Signer[], retired: readonly RetiredKey[]): void {
    this.#signers = checkSigners(signers);
    this.#retired = retired;
  }

  /** Whether all these lines are by keys that sign now. */
  isActive(lines: readonly NoteSignature[]): boolean {
    return lines.every(({ id }) => this.#signers.some(({ verifier }) => verifier.id === id));
  }

  /** Whether no key has to be waited for. */
  get isQuick(): boolean {
    return this.#signers.every(({ signAtOnce }) => signAtOnce !== undefined);
  }

  /**
   * One signature for each key, all at the same time (POSIX seconds, at least 1). Rejects with
   * `SigningError` if one of the keys cannot sign now: a checkpoint has all lines or none.
   */
  async cosign(what: CosignedText, timeSeconds: number): Promise<NoteSignature[]> {
    return await Promise.all(
      this.#signers.map(async (signer) => {
        const { verifier } = signer;
        const signature = await signer.sign(messageFor(verifier, what, timeSeconds));
        return cosignatureLine(verifier, timeSeconds, signature);
      }),
    );
  }

  /** The same without a wait, where no key has to be waited for. */
  cosignAtOnce(what: CosignedText, timeSeconds: number): NoteSignature[] {
    return this.#signers.map(({ verifier, signAtOnce }) => {
      const signature = signAtOnce!(messageFor(verifier, what, timeSeconds));
      return cosignatureLine(verifier, timeSeconds, signature);
    });
  }
}

function messageFor(key: VerifierKey, { text, checkpoint }: CosignedText, timeSeconds: number) {
  return cosignatureMessage(text, key, timeSeconds, checkpoint);
}

/** The keys in the order of their lines. */
function checkSigners(signers: readonly Signer[]): readonly Signer[] {
  const sorted = [...signers].sort((a, b) => a.verifier.type - b.verifier.type);
  const [first] = sorted;
  if (first === undefined) throw new ConfigError('A witness needs at least one key.');
  if (sorted.length > MAX_ACTIVE_KEYS) {
    throw new ConfigError(
      `A witness signs with ${MAX_ACTIVE_KEYS} keys at most, not ${sorted.length}.`,
    );
  }
  const { name } = first.verifier;
  const ids = new Set<string>();
  for (const { verifier } of sorted) {
    if (!isCosignerType(verifier.type)) {
      throw new ConfigError(
        `The key ${verifier.name} is a log's (type ${verifier.type}), not a witness's.`,
      );
    }
    if (verifier.name !== name) {
      throw new ConfigError(
        `The keys of a witness share one name, got ${name} and ${verifier.name}.`,
      );
    }
    if (ids.has(verifier.id)) {
      throw new ConfigError(`The witness ${name} has the key ${verifier.id} twice.`);
    }
    ids.add(verifier.id);
  }
  return sorted;
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
