/**
 * A checkpoint that an auditor keeps from one audit to the next: the log has to show a tree that begins
 * with the one it showed then. What it signed cannot be taken back, so where it does not, the two
 * checkpoints are evidence.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { inputName, readInput, writeFileAtomically } from '#cli/lib/files.ts';
import { isPresent } from '#cli/lib/presence.ts';
import type { LogProblem } from '#client/check-log.ts';
import { compareCheckpoints, type SignedCheckpoint } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { openWithPolicy, type Policy } from '#protocol/policy/policy.ts';
import { describeFileError } from '#service/errors.ts';

/** The saved checkpoint, verified by the policy; undefined where this is the first audit. */
export async function readSaved(
  path: string,
  policy: Policy,
): Promise<SignedCheckpoint | undefined> {
  if (!isPresent(path)) {
    await checkWritable(dirname(path));
    return undefined;
  }
  const bytes = await readInput(path, MAX_NOTE_BYTES);
  try {
    const note = decodeUtf8(bytes);
    return { note, checkpoint: openWithPolicy(note, policy).checkpoint };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw unusable(
      `${inputName(path)} holds no checkpoint of a log that the policy trusts: ${error.message}.`,
    );
  }
}

/** Before the audit: nobody wants to hear of it afterwards. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unusable(`Cannot write to ${folder}: ${describeFileError(error)}.`);
  }
}

/** What is wrong between the saved checkpoint and the one of today; nothing if the log only grew. */
export async function compareWithSaved(
  path: string,
  saved: SignedCheckpoint,
  today: SignedCheckpoint,
  source: TileSource,
  policy: Policy,
): Promise<LogProblem[]> {
  const { origin, size } = saved.checkpoint;
  if (origin !== today.checkpoint.origin) {
    throw unusable(`${path} is of the log ${origin}, and this one is ${today.checkpoint.origin}.`);
  }
  const keys = [...policy.logs, ...policy.witnesses].map(({ key }) => key);
  const comparison = await compareCheckpoints(saved, today, source, keys);
  const wrong = (detail: string): LogProblem[] => {
    return [{ kind: 'stored-checkpoint', where: `checkpoint ${size}`, detail }];
  };
  if (comparison.kind === 'contradiction') {
    const where = await saveEvidence(path, comparison.evidence);
    return wrong(
      `the tree of ${today.checkpoint.size} does not begin with that of ${path}; ${where}`,
    );
  }
  if (comparison.kind === 'undecided') {
    return wrong(
      `the log does not show that its tree begins with that of ${path}: ${comparison.reason}`,
    );
  }
  if (today.checkpoint.size >= size) return [];
  return wrong(`the log shows a tree of ${today.checkpoint.size}, less than that of ${path}`);
}

/** Returns why it could not be saved, if it could not. */
export async function saveCheckpoint(
  path: string,
  { note }: SignedCheckpoint,
): Promise<CommandError | undefined> {
  try {
    await writeFileAtomically(path, note, { durable: true });
    return undefined;
  } catch (error) {
    if (error instanceof CommandError) return error;
    throw error;
  }
}

/**
 * One file for each key that signed both sides, beside the saved checkpoint; answers where they are, or
 * why they are not: that the log lied is told in any case.
 */
async function saveEvidence(path: string, evidence: readonly Evidence[]): Promise<string> {
  const files: string[] = [];
  try {
    for (const item of evidence) {
      const file = `${path}.${evidenceId(item).slice(0, 8)}.tecp-evidence.json`;
      await writeFileAtomically(file, encodeEvidence(item), { durable: true });
      files.push(file);
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return `evidence is not kept: ${error.message.replace(/\.$/, '')}`;
  }
  return `evidence is in ${files.join(', ')}`;
}
