/** One entry that was asked for by its index, and its offline proof, which must say the same as the answer. */

import type { OneEntryAnswer } from '#explorer/search/answers.ts';
import { decodeBase64 } from '#protocol/base64.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { parseTlogProof, type TlogProof } from '#protocol/proof/tlog-proof.ts';
import { type EntryVerdict, judgeEntry } from '../entries/judge-entry.ts';
import { type Finding, finding, hasAlarm } from '../findings.ts';
import { readOneEntry } from '../shapes/answers.ts';
import { findingsOf, type Scene, type ShownCheckpoint, showCheckpoint } from './known-log.ts';
import { readAnswer } from './read-answer.ts';

export interface AskedEntry {
  /** Origin; undefined where the explorer has one log only. */
  readonly log?: string;
  readonly index: number;
  readonly askedMs: number;
}

export interface OneEntryVerdict {
  readonly entry?: EntryVerdict;
  readonly checkpoint?: ShownCheckpoint;
  /** All there are. */
  readonly findings: readonly Finding[];
  readonly isVerified: boolean;
}

export async function judgeOneEntry(
  value: unknown,
  asked: AskedEntry,
  scene: Scene,
): Promise<OneEntryVerdict> {
  const { answer, finding: bad } = readAnswer(readOneEntry, value);
  if (answer === undefined) return { findings: [bad], isVerified: false };
  const proof = proofOf(answer.tlog_proof);
  const log = scene.log(answer.log);
  if (proof instanceof ProtocolError || log === undefined) {
    const found =
      proof instanceof ProtocolError
        ? finding('entry-tlog-proof', 'an offline proof', proof.message, answer)
        : finding('log-unknown', 'one of its logs', answer.log, answer);
    return { findings: [found], isVerified: false };
  }
  const { askedMs } = asked;
  const newest = { askedMs, isNewest: true };
  const checkpoint = await showCheckpoint(proof.checkpoint, log, scene, newest);
  const context = { checkpoint: checkpoint.verdict, types: log.types, nowMs: scene.nowMs() };
  const entry = judgeEntry(answer, context);
  const own = [...askedFaultsOf(answer, asked), ...proofFaultsOf(answer, proof)];
  const findings = [...findingsOf(checkpoint), ...entry.findings, ...own];
  const isVerified = !hasAlarm(findings);
  return { entry: { ...entry, isVerified }, checkpoint, findings, isVerified };
}

function proofOf(text: string): TlogProof | ProtocolError {
  try {
    return parseTlogProof(text);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function askedFaultsOf(answer: OneEntryAnswer, asked: AskedEntry): Finding[] {
  const isAsked = answer.index === asked.index && (asked.log ?? answer.log) === answer.log;
  if (isAsked) return [];
  const expected = `entry ${asked.index}${asked.log === undefined ? '' : ` of ${asked.log}`}`;
  return [finding('entry-asked', expected, `entry ${answer.index} of ${answer.log}`)];
}

/** `extra` is authenticated by nothing, and no explorer has anything to put there. */
function proofFaultsOf(answer: OneEntryAnswer, proof: TlogProof): Finding[] {
  const isSame =
    proof.index === answer.index &&
    proof.extra === undefined &&
    proof.hashes.length === answer.proof.length &&
    proof.hashes.every((hash, i) => isHash(answer.proof[i]!, hash));
  if (isSame) return [];
  const expected = `index ${answer.index} with the same ${answer.proof.length} hashes`;
  const got = `index ${proof.index} with ${proof.hashes.length} hashes, or others`;
  return [finding('entry-tlog-proof', expected, got, answer)];
}

function isHash(text: string, hash: Uint8Array): boolean {
  try {
    return equalBytes(decodeBase64(text), hash);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
