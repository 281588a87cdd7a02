/** A log as the explorer lists it, with whom it is judged by and where its public files are. */

import type { TileSource } from '#client/tile-source.ts';
import { sha256 } from '#crypto';
import type { LogAnswer } from '#explorer/search/answers.ts';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { ENTRY_TYPES } from '#protocol/entry/registry.ts';
import { type Continuity, checkContinuity } from '../checkpoints/continuity.ts';
import { type CheckpointVerdict, judgeCheckpoint } from '../checkpoints/judge-checkpoint.ts';
import type { SeenCheckpoints } from '../checkpoints/seen-checkpoints.ts';
import type { Trust } from '../trust/trust.ts';

export interface KnownLog {
  readonly answer: LogAnswer;
  readonly trust: Trust;
  /** Those that the explorer looks for in it. */
  readonly types: readonly EntryType[];
  /** Its public files, as the explorer serves them. */
  readonly source: TileSource;
}

/** What every judgement of an answer is made with. */
export interface Scene {
  /** Undefined for a log that the explorer does not list. */
  readonly log: (origin: string) => KnownLog | undefined;
  /** All that it lists. */
  readonly logs: () => readonly LogAnswer[];
  /** A document of evidence by its ID, from the explorer. Rejects with `RemoteError`. */
  readonly fetchEvidence: (id: string) => Promise<Uint8Array>;
  readonly seen: SeenCheckpoints;
  readonly nowMs: () => number;
  readonly breathe: () => Promise<void>;
}

/** A checkpoint, by its policy and by what was seen before. */
export interface ShownCheckpoint {
  readonly verdict: CheckpointVerdict;
  readonly continuity: Continuity;
}

/** The path of a log's public files here. */
export function filesPath(origin: string): string {
  return `/logs/${toHex(sha256(encodeUtf8(origin)))}/`;
}

/** In the order in which they recognise entries. Names that nobody here knows recognise nothing. */
export function knownTypes(names: readonly string[]): readonly EntryType[] {
  return ENTRY_TYPES.filter(({ name }) => names.includes(name));
}

/** Judges a checkpoint that an answer has, of a log that the explorer lists. */
export async function showCheckpoint(
  note: string,
  { answer, trust, source }: KnownLog,
  { seen, nowMs }: Scene,
  { askedMs, isNewest }: { readonly askedMs: number; readonly isNewest: boolean },
): Promise<ShownCheckpoint> {
  const verdict = judgeCheckpoint(note, answer.log, trust, nowMs());
  const continuity = await checkContinuity({ verdict, source, askedMs, isNewest }, seen, nowMs());
  return { verdict, continuity };
}

export function findingsOf({ verdict, continuity }: ShownCheckpoint) {
  return [...verdict.findings, ...continuity.findings];
}
