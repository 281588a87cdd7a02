/**
 * A checkpoint's note, judged by the policy that counts: whose signature is on it, who cosigned when, whether they are
 * enough, and how long ago that was. Throws for no note.
 */
import { LRUCache } from 'lru-cache';
import { ProtocolError } from '#protocol/errors.ts';
import { type Checkpoint, parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import { cosignerNames } from '#protocol/policy/cosigner-names.ts';
import { openWithPolicy, type Policy, type WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import { type Finding, type FindingCode, finding } from '../findings.ts';
import type { Trust } from '../trust/trust.ts';

export interface CheckpointVerdict {
  readonly note: string;
  readonly trust: Trust;
  /** Undefined where the note has not the form of one; trusted only where `opened` is there, too. */
  readonly checkpoint: Checkpoint | undefined;
  /** Signed by a log that the policy lists; its quorum may still lack. */
  readonly opened: WitnessedCheckpoint | undefined;
  /** Signed and cosigned as the policy asks. */
  readonly isVerified: boolean;
  /** Since a quorum had cosigned it; absent without one, and where no witness is asked for. */
  readonly ageMs?: number;
  readonly findings: readonly Finding[];
  /** One sentence. */
  readonly words: string;
}

/** The log of this origin must have signed it. */
export function judgeCheckpoint(
  note: string,
  origin: string,
  trust: Trust,
  nowMs: number,
): CheckpointVerdict {
  const place = { log: origin };
  const unverified = (code: FindingCode, expected: string, got: string): CheckpointVerdict => {
    const findings = [finding(code, expected, got, place)];
    const words = `Not verified, ${trust.words}.`;
    const checkpoint = checkpointOf(note);
    return { note, trust, checkpoint, opened: undefined, isVerified: false, findings, words };
  };
  const checkpoint = checkpointOf(note);
  if (checkpoint === undefined) {
    return unverified('checkpoint-form', 'the signed note of a checkpoint', 'something else');
  }
  if (checkpoint.origin !== origin) {
    return unverified('checkpoint-untrusted', origin, `one of ${checkpoint.origin}`);
  }
  if (trust.policy === undefined) {
    return unverified('checkpoint-untrusted', 'a log that is trusted', `nobody, ${trust.words}`);
  }
  const opened = open(note, trust.policy);
  if (opened instanceof ProtocolError) {
    const isForged = opened.code === 'bad-signature';
    const code = isForged ? 'checkpoint-signature' : 'checkpoint-untrusted';
    return unverified(code, `the log's own signature, ${trust.words}`, opened.message);
  }
  return verdictOf(note, opened, trust, nowMs);
}

function verdictOf(
  note: string,
  opened: WitnessedCheckpoint,
  trust: Trust,
  nowMs: number,
): CheckpointVerdict {
  const { checkpoint, cosignatures, quorumMet, quorumTimeSeconds } = opened;
  const witnesses = cosignatures.map(({ witness }) => witness);
  const names = cosignerNames(trust.policy!, witnesses).join(', ') || 'nobody';
  const findings = quorumMet
    ? []
    : [
        finding('checkpoint-quorum', `a quorum of witnesses, ${trust.words}`, names, {
          log: checkpoint.origin,
        }),
      ];
  const facts = { note, trust, checkpoint, opened, isVerified: quorumMet, findings };
  if (!quorumMet) {
    return { ...facts, words: `Signed by the log, but the quorum is not met, ${trust.words}.` };
  }
  // Of a quorum that asks for nobody there is no time.
  if (quorumTimeSeconds === undefined) {
    return { ...facts, words: `Signed by the log; no witness is asked for, ${trust.words}.` };
  }
  const ageMs = Math.max(0, nowMs - quorumTimeSeconds * 1000);
  const quorum = `the quorum has been met for ${durationText(ageMs)}, ${trust.words}`;
  return { ...facts, ageMs, words: `Signed by the log and cosigned by ${names}; ${quorum}.` };
}

const UNITS = [
  ['days', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** In the largest unit that it has two of. */
export function durationText(ms: number): string {
  const unit = UNITS.find(([, unitMs]) => ms >= 2 * unitMs);
  return unit === undefined
    ? `${Math.floor(ms / 1000)} s`
    : `${Math.floor(ms / unit[1])} ${unit[0]}`;
}

function checkpointOf(note: string): Checkpoint | undefined {
  try {
    return parseCheckpoint(parseNote(note).text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

/** A page shows one note many times, and ML-DSA-44 takes milliseconds for each cosignature. */
const MAX_OPENED = 32;
const openedBy = new WeakMap<Policy, LRUCache<string, WitnessedCheckpoint | ProtocolError>>();

function open(note: string, policy: Policy): WitnessedCheckpoint | ProtocolError {
  const known = openedBy.get(policy) ?? new LRUCache({ max: MAX_OPENED });
  openedBy.set(policy, known);
  const opened = known.get(note) ?? openAnew(note, policy);
  known.set(note, opened);
  return opened;
}

function openAnew(note: string, policy: Policy): WitnessedCheckpoint | ProtocolError {
  try {
    return openWithPolicy(note, policy);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
