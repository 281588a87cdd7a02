/**
 * What is shown of a log, compared with what this browser has seen of it before: the one thing that no single answer
 * can lie about. A contradiction is evidence, which convicts whoever signed both; less than before is said.
 */
import { type Comparison, compareCheckpoints, type SignedCheckpoint } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { toHex } from '#protocol/bytes.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { type Finding, finding } from '../findings.ts';
import type { Trust } from '../trust/trust.ts';
import { type CheckpointVerdict, judgeCheckpoint } from './judge-checkpoint.ts';
import { isSameTree, type SeenCheckpoints, type SeenNote } from './seen-checkpoints.ts';

/** A document of evidence, as a file to save. */
export interface EvidenceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Name of the key that it convicts. */
  readonly accused: string;
}

export interface Continuity {
  /** What was seen before, if anything was. */
  readonly before?: { readonly size: number; readonly seenMs: number };
  readonly findings: readonly Finding[];
  readonly evidence: readonly EvidenceFile[];
  /** One sentence. */
  readonly words: string;
}

export interface Shown {
  readonly verdict: CheckpointVerdict;
  /** Of the log's public files as the explorer serves them. */
  readonly source: TileSource;
  /** When it was asked for: an answer may be older than what came meanwhile. */
  readonly askedMs: number;
  /** Whether it is shown as the newest: then it must not be older than what was seen before. */
  readonly isNewest: boolean;
}

const NOTHING = { findings: [], evidence: [] };

/** Compares what is shown with what was seen, and remembers it where it is the newest. */
export async function checkContinuity(
  shown: Shown,
  seen: SeenCheckpoints,
  nowMs: number,
): Promise<Continuity> {
  const { verdict, source, askedMs, isNewest } = shown;
  const { opened, isVerified, trust } = verdict;
  if (opened === undefined || !isVerified) {
    return { ...NOTHING, words: 'Not compared, as it is not verified.' };
  }
  const log = opened.checkpoint.origin;
  const kept = seen.of(log);
  const before = kept && rememberedOf(kept, trust, nowMs);
  // An explorer that offers another policy than before could make a visitor forget what they have seen.
  if (kept !== undefined && before === undefined && trust.source === 'explorer') {
    const expected = 'a policy that trusts what you have seen of the log before';
    const found = finding('log-not-compared', expected, 'another one', { log });
    const words = 'The explorer offers another policy than when you saw the log before.';
    return { findings: [found], evidence: [], words };
  }
  const remember = async (told: Continuity): Promise<Continuity> => {
    const became = seen.remember(opened, kept, nowMs);
    // Another tab has seen something since: it may be larger, or another history.
    if (became === 'changed') return await checkContinuity(shown, seen, nowMs);
    if (became === 'kept') return told;
    const found = finding('log-not-kept', 'room for its checkpoint', 'none', { log });
    return { ...told, findings: [...told.findings, found] };
  };
  if (before === undefined) {
    return await remember({ ...NOTHING, words: 'Seen for the first time here.' });
  }
  const { size } = before.checkpoint;
  const known = { size, seenMs: before.seenMs };
  if (isSameTree(before.checkpoint, opened.checkpoint)) {
    return { before: known, ...NOTHING, words: 'The same as you have seen before.' };
  }
  const rollback =
    isNewest && opened.checkpoint.size < size && before.seenMs < askedMs
      ? [
          finding('log-rolled-back', `at least ${size} entries`, `${opened.checkpoint.size}`, {
            log,
          }),
        ]
      : [];
  const signed = { checkpoint: opened.checkpoint, note: verdict.note };
  const compared = await compareShown(before, signed, source, trust);
  if (compared.kind !== 'consistent') {
    const words =
      compared.kind === 'contradiction'
        ? 'It contradicts what the same log has shown you before.'
        : 'It could not be compared with what you have seen before.';
    const { evidence } = compared;
    return { before: known, findings: [...rollback, ...compared.findings], evidence, words };
  }
  if (opened.checkpoint.size > size) {
    const words = `It extends the tree of ${size} that you have seen before.`;
    return await remember({ before: known, ...NOTHING, words });
  }
  const words = `It is part of the tree of ${size} that you have seen before.`;
  return { before: known, findings: rollback, evidence: [], words };
}

/** Two checkpoints that the log has signed, `before` and one that must go on from it, or be part of it. */
export async function compareShown(
  before: SignedCheckpoint,
  shown: SignedCheckpoint,
  source: TileSource,
  trust: Trust,
): Promise<Pick<Continuity, 'findings' | 'evidence'> & { readonly kind: Comparison['kind'] }> {
  const { origin: log, size, root } = before.checkpoint;
  const compared = await compareCheckpoints(before, shown, source, keysOf(trust));
  const { kind } = compared;
  switch (kind) {
    case 'consistent':
      return { kind, ...NOTHING };
    case 'contradiction': {
      const expected = `a tree that holds the one of ${size} entries with root ${toHex(root)}`;
      const got = `a tree of ${shown.checkpoint.size} with root ${toHex(shown.checkpoint.root)}`;
      const findings = [finding('log-contradiction', expected, got, { log })];
      return { kind, findings, evidence: compared.evidence.map(evidenceFileOf) };
    }
    case 'undecided': {
      const expected = `a proof that it extends the tree of ${size} entries`;
      const findings = [finding('log-not-compared', expected, compared.reason, { log })];
      return { kind, findings, evidence: [] };
    }
  }
}

/** Of a log that is listed, and of which no checkpoint is shown: none is less than what was seen. */
export function nothingShown(
  { log, trust, askedMs }: Pick<Shown, 'askedMs'> & { readonly log: string; readonly trust: Trust },
  seen: SeenCheckpoints,
  nowMs: number,
): Finding[] {
  const kept = seen.of(log);
  if (kept === undefined || kept.seenMs >= askedMs) return [];
  const size = rememberedOf(kept, trust, nowMs)?.checkpoint.size;
  // A visitor who has changed their policy has seen nothing that they trust.
  if (size === 0 || (size === undefined && trust.source === 'visitor')) return [];
  const expected = size === undefined ? 'what you saw of it' : `at least ${size} entries`;
  return [finding('log-rolled-back', expected, 'no checkpoint', { log })];
}

/** Of all logs that were seen here before the answer was asked for, those that it does not list. */
export function notListed(
  logs: readonly { readonly log: string }[],
  askedMs: number,
  { all }: SeenCheckpoints,
): Finding[] {
  const listed = new Set(logs.map(({ log }) => log));
  return all
    .filter(({ log, seenMs }) => seenMs < askedMs && !listed.has(log))
    .map(({ log }) => finding('log-not-listed', 'the log, as before', 'other logs', { log }));
}

/** What was seen, if it is still trusted: the policy may have changed. */
function rememberedOf({ log, note, seenMs }: SeenNote, trust: Trust, nowMs: number) {
  const { opened } = judgeCheckpoint(note, log, trust, nowMs);
  return opened && { checkpoint: opened.checkpoint, note, seenMs };
}

export function evidenceFileOf(evidence: Evidence): EvidenceFile {
  const name = `${evidenceId(evidence).slice(0, 16)}.tecp-evidence.json`;
  return { name, bytes: encodeEvidence(evidence), accused: evidence.accused.name };
}

/** All whose contradictions matter. */
export function keysOf({ policy }: Trust): VerifierKey[] {
  return policy === undefined ? [] : [...policy.logs, ...policy.witnesses].map(({ key }) => key);
}
