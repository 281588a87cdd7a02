/** Signed notes and checkpoints (docs/spec/log.md, sections 3 and 4; docs/spec/verifier.md, section 5). */
import { isCosignerType, isLogType } from '#protocol/note/algorithms.ts';
import * as checkpoints from '#protocol/note/checkpoint.ts';
import { type Cosignature, findCosignatures } from '#protocol/note/cosignature.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import * as keys from '#protocol/note/key.ts';
import * as notes from '#protocol/note/open.ts';
import { FormatError, judging, reading } from './format-error.ts';
import { asString, type Text } from './text.ts';

/** A verifier key, `<name>+<key ID>+<base64>`. Throws `FormatError` with the code `bad-key`. */
export function parseVerifierKey(text: string): VerifierKey {
  return reading('bad-key', () => keys.parseVerifierKey(text));
}

export interface OpenedNote {
  /** The signed text, its last newline included. */
  readonly text: string;
  /** Those of the keys whose signatures were verified, in their order; at least one. */
  readonly verified: readonly VerifierKey[];
}

/**
 * Opens a note by keys of type 0x01 or 0x02; signatures by others are ignored. Throws `FormatError`: `bad-key`,
 * `malformed`, `bad-signature` or `untrusted`.
 */
export function openNote(note: Text, keys: readonly VerifierKey[]): OpenedNote {
  checkKeys(keys, notes.signsText);
  const { note: opened, verified } = judging(() => notes.openNote(asString(note), keys));
  return { text: opened.text, verified };
}

/** Whose checkpoint it has to be, and whose cosignatures are looked for. */
export interface CheckpointKeys {
  /** The log's identity: the first line of its checkpoints. */
  readonly origin: string;
  /** Keys of the log, of type 0x01, 0x02 or 0x06; one of them has to have signed. */
  readonly keys: readonly VerifierKey[];
  /** Keys of witnesses, of type 0x04 or 0x06. None by default. */
  readonly witnessKeys?: readonly VerifierKey[];
}

export interface OpenedCheckpoint {
  readonly origin: string;
  /** Count of leaves. */
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly extensions: readonly string[];
  /** Those of the log's keys that have signed, in their order; at least one. */
  readonly verified: readonly VerifierKey[];
  /** In the order of the witness keys, those by one key in the order of their times. */
  readonly cosignatures: readonly {
    readonly key: VerifierKey;
    /** POSIX seconds. */
    readonly time: number;
  }[];
}

/**
 * Opens a checkpoint of a log. Whether its witnesses are enough is not judged here: see `verifyProof`. Throws
 * `FormatError`: `bad-key`, `malformed`, `untrusted` or `bad-signature`.
 */
export function openCheckpoint(note: Text, log: CheckpointKeys): OpenedCheckpoint {
  const { origin, keys, witnessKeys = [] } = log;
  checkKeys(keys, ({ type }) => isLogType(type));
  checkKeys(witnessKeys, ({ type }) => isCosignerType(type));
  return judging(() => {
    const opened = checkpoints.openCheckpoint(asString(note), { origin, keys });
    const signers = new Set(opened.logSignatures.map(({ key }) => key));
    const cosignatures = findCosignatures(opened.note, witnessKeys);
    return {
      ...opened.checkpoint,
      verified: keys.filter((key) => signers.has(key)),
      cosignatures: witnessKeys.flatMap((key) => timesOf(key, cosignatures)),
    };
  });
}

function checkKeys(keys: readonly VerifierKey[], isOfKind: (key: VerifierKey) => boolean): void {
  if (keys.every(isOfKind)) return;
  throw new FormatError('bad-key', 'a key of another type than is asked for');
}

/** The cosignatures by one key, in the order of their times. */
function timesOf(key: VerifierKey, cosignatures: readonly Cosignature[]) {
  return cosignatures
    .filter((cosignature) => cosignature.key === key)
    .map(({ timeSeconds }) => ({ key, time: timeSeconds }))
    .sort((a, b) => a.time - b.time);
}
