/**
 * Follows one log through all of its entries: every signature, every touched tile, every root.
 *
 * Progress is confirmed when the re-derived root is the one that the log signed, in one
 * transaction. A long way there is saved as provisional and thrown away if the end does not fit,
 * so a wrong entry can never spoil what was confirmed, and a crash costs a few seconds of work.
 */
import { checkLog, type LogProblem } from '#client/check-log.ts';
import type { TileSource } from '#client/tile-source.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EMPTY_ROOT, type Hash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { InvalidEntries } from '../judge/observations.ts';
import type { View } from '../statements/view.ts';
import type { ConfirmedProgress, MonitorState, Progress } from '../store/state.ts';
import { Suspects } from './suspects.ts';

export interface WalkReport {
  /** Other problems than invalid entries; the first ten. Empty: all fits. */
  readonly problems: readonly LogProblem[];
  readonly invalid: InvalidEntries;
  readonly entriesChecked: number;
}

export interface FollowerOptions {
  readonly origin: string;
  readonly source: (signal: AbortSignal) => TileSource;
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  readonly state: MonitorState;
  /** Makes `write` durable, together with what follows from the invalid entries in the log. */
  readonly save: (write: () => void, invalid: InvalidEntries) => void;
  /** Told of problems as they are found: a walk may be long, and a slow log makes it longer. */
  readonly onProblems: (problems: readonly LogProblem[]) => void;
}

const NONE_INVALID: InvalidEntries = { count: 0, examples: [] };
const MAX_EXAMPLES = 10;
const MAX_PROBLEMS = 10;
const SAVE_INTERVAL_MS = 2000;
const FIRST_PAUSE_MS = 500;
/** After an outage, which costs the log little to be asked about; after a mismatch. */
const MAX_PAUSE_MS = { outage: 5000, mismatch: 60_000 };

export class Follower {
  readonly #options: FollowerOptions;
  // Owned by `walk`, which never runs twice at a time, and by `load` before it.
  #confirmed: ConfirmedProgress | undefined;
  #provisional: Progress | undefined;
  /** Invalid entries on the way from the confirmed tree. */
  readonly #suspects = new Suspects();
  #failures = 0;
  #notBeforeMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Takes up where the database says. */
  async load(): Promise<void> {
    const { state, origin } = this.#options;
    this.#confirmed = await state.confirmed(origin);
    this.#provisional = await state.provisional(origin);
  }

  get confirmedNote(): string | undefined {
    return this.#confirmed?.note;
  }

  get confirmedRoot(): Hash {
    return this.#confirmed?.tree.root() ?? EMPTY_ROOT;
  }

  get confirmedSize(): number {
    return this.#confirmed?.tree.size ?? 0;
  }

  /** Leaves re-derived so far; above the confirmed size during a long walk. */
  get walkedSize(): number {
    return this.#provisional?.tree.size ?? this.confirmedSize;
  }

  /** Those that are certainly in the tree: all of the confirmed one, and the first beyond. */
  get invalid(): InvalidEntries {
    const { count, examples } = this.#confirmed?.invalid ?? NONE_INVALID;
    const { certain } = this.#suspects;
    const first = [...examples, ...certain].slice(0, MAX_EXAMPLES);
    return { count: count + certain.length, examples: first };
  }

  /** Invalid entries that the log has served and not shown to be in its tree. */
  get suspects(): string[] {
    return this.#suspects.doubtful;
  }

  /**
   * Walks on to the tree of `view`. Undefined when there is nothing to walk, or while a pause after
   * failures lasts. Rejects only when `signal` is aborted or the storage fails.
   */
  async walk(view: View, signal: AbortSignal): Promise<WalkReport | undefined> {
    const { size } = view.checkpoint;
    const isKnown = this.#confirmed !== undefined && size <= this.confirmedSize;
    if (isKnown || monotonicMs() < this.#notBeforeMs) return undefined;
    // An older checkpoint than the one that the provisional tree was on its way to.
    if (this.#provisional !== undefined && size < this.#provisional.tree.size) this.#forget();
    const report = await this.#run(view, signal);
    this.#pauseAfter(report);
    return report;
  }

  async #run(view: View, signal: AbortSignal): Promise<WalkReport> {
    const { policy, entryTypes } = this.#options;
    const source = this.#options.source(signal);
    const from = this.#provisional ?? this.#confirmed;
    const found = new Findings(from?.invalid ?? NONE_INVALID);
    const doubts = this.#doubts(view, source);
    let savedMs = monotonicMs();
    const onProgress = (tree: TileBuilder): void => {
      if (found.problems.length > 0 || monotonicMs() - savedMs < SAVE_INTERVAL_MS) return;
      this.#saveProvisional({ tree: tree.clone(), invalid: found.invalid });
      savedMs = monotonicMs();
    };
    const onProblem = (problem: LogProblem): void => {
      const isNew = found.add(problem);
      if (problem.kind !== 'entry') {
        if (isNew) this.#options.onProblems(found.problems);
      } else if (this.#suspects.add(problem, wordsOf(problem))) doubts.look();
    };
    const pinned: TileSource = {
      checkpoint: async () => view.note,
      tile: (level, index, width) => source.tile(level, index, width),
      entries: (index, width) => source.entries(index, width),
    };
    if (!this.#suspects.isEmpty) doubts.look();
    try {
      const options = { policy, entryTypes, from: from?.tree ?? TileBuilder.empty(), signal };
      const walked = await checkLog(pinned, { ...options, onProgress, onProblem });
      await doubts.end();
      this.#finish(view, walked.tree, found);
      const { entriesChecked } = walked;
      return { problems: found.problems, invalid: found.invalid, entriesChecked };
    } finally {
      await doubts.end();
    }
  }

  /** Looks after suspects beside the walk: one round at a time, and another for those that came. */
  #doubts(view: View, source: TileSource) {
    let rounds = Promise.resolve();
    let isQueued = false;
    const round = async (): Promise<void> => {
      isQueued = false;
      const certain = await this.#suspects.prove(source, view.checkpoint);
      if (certain.length > 0) this.#options.save(() => undefined, this.invalid);
    };
    return {
      look: (): void => {
        if (isQueued) return;
        isQueued = true;
        rounds = rounds.then(round);
        rounds.catch(() => undefined); // `end` throws it
      },
      end: async (): Promise<void> => await rounds,
    };
  }

  #saveProvisional(progress: Progress): void {
    const { origin, state, save } = this.#options;
    // Invalid entries count as soon as it is certain that they are in the log.
    save(() => state.saveProvisional(origin, progress), this.invalid);
    this.#provisional = progress;
  }

  #finish(view: View, tree: TileBuilder, found: Findings): void {
    const { origin, state, save } = this.#options;
    const { problems, invalid } = found;
    if (problems.length === 0 && equalBytes(tree.root(), view.checkpoint.root)) {
      const confirmed = { tree, invalid, note: view.note };
      save(() => state.confirm(origin, confirmed), invalid);
      this.#confirmed = confirmed;
      this.#provisional = undefined;
      this.#suspects.clear();
      return;
    }
    if (!isOutage(problems)) this.#forget();
  }

  /** Back to the confirmed tree. */
  #forget(): void {
    this.#options.state.dropProvisional(this.#options.origin);
    this.#provisional = undefined;
  }

  #pauseAfter({ problems }: WalkReport): void {
    if (problems.length === 0) {
      this.#failures = 0;
      return;
    }
    const longestMs = isOutage(problems) ? MAX_PAUSE_MS.outage : MAX_PAUSE_MS.mismatch;
    this.#notBeforeMs = monotonicMs() + Math.min(longestMs, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures++;
  }
}

function isOutage(problems: readonly LogProblem[]): boolean {
  return problems.every(({ kind }) => kind === 'unavailable');
}

/** What one walk finds; bounded, however much is wrong. */
class Findings {
  // Owned by the walk that made this object.
  readonly problems: LogProblem[] = [];
  invalid: InvalidEntries;

  constructor(before: InvalidEntries) {
    this.invalid = before;
  }

  /** Whether there is something new to tell. */
  add(problem: LogProblem): boolean {
    // Judged on each checkpoint that is shown, not only on those walked to.
    if (problem.kind === 'quorum') return false;
    if (problem.kind !== 'entry') {
      if (this.problems.length >= MAX_PROBLEMS) return false;
      this.problems.push(problem);
      return true;
    }
    const { count, examples } = this.invalid;
    const kept = examples.length < MAX_EXAMPLES ? [...examples, wordsOf(problem)] : examples;
    this.invalid = { count: count + 1, examples: kept };
    return true;
  }
}

function wordsOf({ where, code, detail }: LogProblem): string {
  return `${where}: ${code ?? ''} ${detail}`;
}
