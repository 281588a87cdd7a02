/**
 * Two checkpoints of one log, pasted or picked: what each is worth, whether the larger tree holds the smaller one, and
 * the proof of it, which a picture can show. A contradiction is evidence.
 */
import { compareCheckpoints } from '#client/compare.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import { consistencyProof } from '#protocol/merkle/proof.ts';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { KnownLog, Scene } from '../answers/known-log.ts';
import { type EvidenceFile, evidenceFileOf, keysOf } from '../checkpoints/continuity.ts';
import { type CheckpointVerdict, judgeCheckpoint } from '../checkpoints/judge-checkpoint.ts';
import { type Finding, finding } from '../findings.ts';

export interface NotesComparison {
  readonly kind: 'consistent' | 'contradiction' | 'undecided';
  /** The smaller tree first. Absent where they cannot be compared at all. */
  readonly sides?: readonly [CheckpointVerdict, CheckpointVerdict];
  /** From the smaller to the larger tree, in the larger one's tree as the explorer serves it. */
  readonly proof?: readonly Hash[];
  readonly findings: readonly Finding[];
  readonly evidence: readonly EvidenceFile[];
  /** One sentence. */
  readonly words: string;
}

export async function compareNotes(a: string, b: string, scene: Scene): Promise<NotesComparison> {
  const origins = [a, b].map(originOf);
  const origin = origins[0];
  if (origin === undefined || origins[1] === undefined) {
    return undecided('One of the two is not the signed note of a checkpoint.');
  }
  if (origin !== origins[1]) return undecided('They are of two different logs.');
  const log = scene.log(origin);
  if (log === undefined) return undecided('The explorer does not list this log.');
  return await compareOf(log, [a, b], scene);
}

async function compareOf(
  log: KnownLog,
  notes: readonly [string, string],
  { nowMs }: Scene,
): Promise<NotesComparison> {
  const [a, b] = notes.map((note) => judgeCheckpoint(note, log.answer.log, log.trust, nowMs())) as [
    CheckpointVerdict,
    CheckpointVerdict,
  ];
  const sides = a.checkpoint!.size <= b.checkpoint!.size ? ([a, b] as const) : ([b, a] as const);
  const findings = [...a.findings, ...b.findings];
  if (a.opened === undefined || b.opened === undefined) {
    const words = `Not compared, as the log's signature is not verified, ${log.trust.words}.`;
    return { ...undecided(words), sides, findings };
  }
  const [small, large] = sides.map(({ opened, note }) => ({
    checkpoint: opened!.checkpoint,
    note,
  })) as [Signed, Signed];
  const compared = await compareCheckpoints(small, large, log.source, keysOf(log.trust));
  if (compared.kind === 'undecided') {
    return { ...undecided(`It could not be shown: ${compared.reason}.`), sides, findings };
  }
  const proof = await proofOf(log, small, large);
  const shown = { sides, ...(proof === undefined ? {} : { proof }) };
  if (compared.kind === 'consistent') {
    const words = `The tree of ${large.checkpoint.size} holds the tree of ${small.checkpoint.size}, entry for entry.`;
    return { kind: 'consistent', ...shown, findings, evidence: [], words };
  }
  const [expected, got] = [small, large].map(({ checkpoint }) => `a tree of ${checkpoint.size}`);
  const found = finding('log-contradiction', `${got} that holds ${expected}`, 'one that does not', {
    log: log.answer.log,
  });
  return {
    kind: 'contradiction',
    ...shown,
    findings: [...findings, found],
    evidence: compared.evidence.map(evidenceFileOf),
    words: 'The two contradict each other: one who signed both has shown two different logs.',
  };
}

type Signed = Parameters<typeof compareCheckpoints>[0];

/** Undefined where the tiles do not come: there is nothing to picture then. */
async function proofOf({ source }: KnownLog, small: Signed, large: Signed) {
  const tree = new VerifiedTree(source, large.checkpoint);
  try {
    return await consistencyProof(tree.read, small.checkpoint.size, large.checkpoint.size);
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    return undefined;
  }
}

function undecided(words: string): NotesComparison {
  return { kind: 'undecided', findings: [], evidence: [], words };
}

function originOf(note: string): string | undefined {
  try {
    return parseCheckpoint(parseNote(note).text).origin;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
