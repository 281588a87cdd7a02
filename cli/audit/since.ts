/**
 * What an auditor keeps from one audit to the next: the log has to show a tree that begins with the one
 * that it showed then, and entries are read from where the last audit, done or interrupted, had got. What
 * the log signed cannot be taken back, so where it does not fit, the two checkpoints are evidence.
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditState, formatState, MAX_STATE_BYTES, parseState } from '#cli/lib/audit-state.ts';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { inputName, readInput, writeFileAtomically } from '#cli/lib/files.ts';
import { isPresent } from '#cli/lib/presence.ts';
import { printable } from '#cli/lib/print.ts';
import type { LogProblem } from '#client/check-log.ts';
import { compareCheckpoints, type SignedCheckpoint } from '#client/compare.ts';
import type { TileSource } from '#client/tile-source.ts';
import { isSourceFailure, VerifiedTree } from '#client/verified-tree.ts';
import { decodeUtf8, equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type Evidence, encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import { treeRoot } from '#protocol/merkle/proof.ts';
import type { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { describeFileError } from '#service/errors.ts';
import { monotonicMs } from '#service/schedule.ts';

const SAVE_INTERVAL_MS = 2000;

export interface SinceOptions {
  readonly policy: Policy;
  /** As what this audit judges entries: a walk goes on from one that judged them alike. */
  readonly checked: string;
  /** Read every entry again all the same. */
  readonly whole: boolean;
}

export interface SinceJudgement {
  readonly problems: readonly LogProblem[];
  /** The tree to go on from, where there is one. */
  readonly from?: TileBuilder;
}

/** The file of one audit. */
export class Since {
  readonly path: string;
  /** What the file held before. */
  readonly saved: AuditState | undefined;
  readonly #options: SinceOptions;
  // Owned by the one audit.
  #today: SignedCheckpoint | undefined;
  #savedMs = monotonicMs();
  #isTouched = false;
  /** Whether the log of today has been proven to go on from that of the file. */
  #isProven = false;

  private constructor(path: string, saved: AuditState | undefined, options: SinceOptions) {
    this.path = path;
    this.saved = saved;
    this.#options = options;
  }

  /** Verifies what the file holds by the policy; there is none before the first audit. */
  static async open(path: string, options: SinceOptions): Promise<Since> {
    if (!isPresent(path)) {
      await checkWritable(dirname(path));
      return new Since(path, undefined, options);
    }
    const bytes = await readInput(path, MAX_STATE_BYTES);
    try {
      return new Since(path, await parseState(decodeUtf8(bytes), options.policy), options);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      throw unusable(
        `${inputName(path)} holds no checkpoint of a log that the policy trusts: ${error.message}.`,
      );
    }
  }

  /** Compares what is saved with what the log shows today, before anything else is read. */
  async begin(today: SignedCheckpoint, source: TileSource): Promise<SinceJudgement> {
    this.#today = today;
    const { path, saved } = this;
    const { policy, checked, whole } = this.#options;
    const problems =
      saved === undefined
        ? []
        : await compareWithSaved(path, saved.checkpoint, today, source, policy);
    this.#isProven = problems.length === 0;
    const walked = saved?.walked;
    if (!this.#isProven || walked === undefined) return { problems };
    if (whole || walked.checked !== checked) return { problems };
    // That of the checkpoint itself has been compared with it.
    const isDone = walked.tree.size === saved!.checkpoint.checkpoint.size;
    const wrong = isDone ? undefined : await compareTree(path, walked.tree, today, source);
    if (wrong === undefined) return { problems, from: walked.tree };
    this.#isProven = false;
    return { problems: [wrong] };
  }

  /** Saves from time to time how far the entries were read, as long as nothing is wrong. */
  async progress(tree: TileBuilder, problems: number): Promise<void> {
    const mayBe = problems === 0 && this.#isProven && !this.#options.whole;
    if (!mayBe || monotonicMs() - this.#savedMs < SAVE_INTERVAL_MS) return;
    // Why it fails, the end of the audit tells.
    await this.save(tree);
    this.#savedMs = monotonicMs();
  }

  /** Returns why it could not be saved, if it could not. */
  async save(tree: TileBuilder): Promise<CommandError | undefined> {
    const state = formatState(this.#today!.note, { tree, checked: this.#options.checked });
    try {
      await writeFileAtomically(this.path, state, { durable: true });
      this.#isTouched = true;
      return undefined;
    } catch (error) {
      if (error instanceof CommandError) return error;
      throw error;
    }
  }

  /** What became of the file, for people and for programs. */
  tell({ from, isSaved }: { from: TileBuilder | undefined; isSaved: boolean }): Told {
    const size = this.saved?.checkpoint.checkpoint.size;
    const json = { since: { file: this.path, size, from: from?.size ?? 0, updated: isSaved } };
    const name = printable(this.path);
    if (!isSaved) {
      const left = this.#isTouched ? 'holds how far all was well' : 'is left as it was';
      return { json, fact: `${name} ${left}` };
    }
    const before = size === undefined ? 'made now' : `the tree begins with that of size ${size}`;
    const read = from === undefined ? '' : `, entries were read from ${from.size} on`;
    const now = this.#today!.checkpoint.size;
    return { json, fact: `${name}: ${before}${read}; holds size ${now}` };
  }
}

interface Told {
  readonly fact: string;
  readonly json: object;
}

/** Before the audit: nobody wants to hear of it afterwards. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    throw unusable(`Cannot write to ${folder}: ${describeFileError(error)}.`);
  }
}

/**
 * Whether the log's tree begins with the one that entries were made into: by tiles that are part of the
 * log's tree. The checkpoints have been compared already, so where it does not, the file was changed.
 */
async function compareTree(
  path: string,
  tree: TileBuilder,
  { checkpoint }: SignedCheckpoint,
  source: TileSource,
): Promise<LogProblem | undefined> {
  try {
    const root = await treeRoot(new VerifiedTree(source, checkpoint).read, tree.size);
    if (equalBytes(root, tree.root())) return undefined;
  } catch (error) {
    if (!isSourceFailure(error)) throw error;
    const detail = `the log does not show that its tree begins with that of ${path}: ${error.message}`;
    return { kind: 'stored-checkpoint', where: `tree ${tree.size}`, detail };
  }
  throw unusable(
    `${path} was changed: the log shows the checkpoint in it, and not the tree; remove the file to begin anew.`,
  );
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
