/**
 * Follows one log through all of its entries: every signature, every touched tile, every root.
 *
 * Progress is confirmed when the re-derived root is the one that the log signed, in one
 * transaction. A long way there is saved as provisional and thrown away if the end does not fit,
 * so a wrong entry can never spoil what was confirmed, and a crash costs a few seconds of work.
 */
import { checkLog, type EntryChecks, type LogProblem } from '#client/check-log.ts';
import type { EntryJudge } from '#client/entry-judge.ts';
import type { TileSource } from '#client/tile-source.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { EMPTY_ROOT, type Hash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { EntryFindings } from '../judge/observations.ts';
import type { View } from '../statements/view.ts';
import {
  type ConfirmedProgress,
  type MonitorState,
  NONE,
  NONE_NOTED,
  type Progress,
} from '../store/state.ts';
import { breachOf } from './breach-evidence.ts';
import { ChainBook } from './chain-book.ts';
import { EntryNotes } from './entry-notes.ts';
import { Rounds } from './rounds.ts';
import { OBSERVER } from './seen.ts';
import { Suspects } from './suspects.ts';
import { sumOf } from './tally.ts';
import { WalkFindings, wordsOf } from './walk-findings.ts';

export interface WalkReport {
  /** Other problems than invalid entries; the first ten. Empty: all fits. */
  readonly problems: readonly LogProblem[];
  readonly entriesChecked: number;
}

export interface FollowerOptions {
  readonly origin: string;
  /** Where it is read; said with evidence. */
  readonly url: string;
  readonly source: (signal: AbortSignal) => TileSource;
  readonly policy: Policy;
  readonly entryTypes: readonly EntryType[];
  readonly entries: EntryChecks;
  readonly judge: EntryJudge;
  readonly state: MonitorState;
  /** What receipts are held to beyond what their log asks; nothing if absent. */
  readonly profile?: Profile | undefined;
  /** Makes `write` durable, together with what follows from the entries in the log. */
  readonly save: (write: () => void, found: () => EntryFindings) => void;
  /** Told of problems as they are found: a walk may be long, and a slow log makes it longer. */
  readonly onProblems: (problems: readonly LogProblem[]) => void;
  /** Wall clock, Unix milliseconds. */
  readonly now: () => number;
}

const NOTHING_FOUND = { invalid: NONE, noted: NONE_NOTED };
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
  readonly #chains: ChainBook;
  readonly #notes: EntryNotes;
  /** When a quorum had cosigned the confirmed tree, as far as it is known. */
  #confirmedAtMs: number | undefined;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { origin, state, entryTypes, profile, now } = options;
    this.#chains = new ChainBook(origin, state);
    this.#notes = new EntryNotes({ entryTypes, profile, chains: this.#chains, now });
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

  /**
   * What is certainly in the tree: all of the confirmed one, and of what is invalid the first beyond.
   * To be called after what proves it has been stored.
   */
  get found(): EntryFindings {
    const { invalid, noted } = this.#confirmed ?? NOTHING_FOUND;
    const words = (isKnown: boolean) =>
      this.#suspects.certain
        .filter(({ type }) => (type !== undefined) === isKnown)
        .map((suspect) => suspect.words);
    return {
      ...noted,
      invalid: sumOf(invalid, words(true)),
      unknown: sumOf(noted.unknown, words(false)),
      evidence: this.#options.state.breaches(this.#options.origin),
    };
  }

  /** Gaps in the chains of issuers that have lasted, in words. What was not judged may fill them. */
  gaps(afterMs: number): string[] {
    if (this.unjudged > 0) return [];
    return this.#chains.gaps(afterMs, this.#options.now());
  }

  /** Receipts whose chain is not followed. */
  get unfollowed(): number {
    return this.#confirmed?.noted.unfollowed ?? 0;
  }

  /** Entries of the confirmed tree that were only made into it. */
  get unjudged(): number {
    return this.#confirmed?.noted.unjudged ?? 0;
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
    const { policy, entryTypes, entries: checks, judge } = this.#options;
    const source = this.#options.source(signal);
    const from = this.#provisional ?? this.#confirmed;
    const found = new WalkFindings(from ?? NOTHING_FOUND);
    const between = { afterMs: this.#confirmedAtMs, byMs: timeMsOf(view) };
    this.#chains.rewind();
    const doubts = new Rounds(() => this.#look(view, source));
    let savedMs = monotonicMs();
    const onProgress = (tree: TileBuilder): void => {
      if (found.problems.length > 0 || monotonicMs() - savedMs < SAVE_INTERVAL_MS) return;
      const { invalid, noted } = found;
      this.#saveProvisional({ tree: tree.clone(), invalid, noted });
      savedMs = monotonicMs();
    };
    const onProblem = (problem: LogProblem): void => {
      const isNew = found.add(problem);
      if (problem.kind !== 'entry') {
        if (isNew) this.#options.onProblems(found.problems);
      } else if (this.#suspects.add(problem, wordsOf(problem))) doubts.ask();
    };
    const onEntries = (entries: readonly Uint8Array[], first: number): void => {
      if (checks === 'tree-only') found.passOver(entries.length);
      else found.noted = this.#notes.take(found.noted, entries, first, between, found.isRefused);
    };
    const pinned: TileSource = {
      checkpoint: async () => view.note,
      tile: (level, index, width) => source.tile(level, index, width),
      entries: (index, width) => source.entries(index, width),
    };
    if (!this.#suspects.isEmpty) doubts.ask();
    try {
      const options = {
        policy,
        entryTypes,
        entries: checks,
        judge,
        from: from?.tree ?? TileBuilder.empty(),
        signal,
      };
      const walked = await checkLog(pinned, { ...options, onEntries, onProgress, onProblem });
      await doubts.end();
      this.#finish(view, walked.tree, found);
      const { entriesChecked } = walked;
      return { problems: found.problems, entriesChecked };
    } finally {
      await doubts.end();
    }
  }

  /** Looks after suspects, and tells of those that are certain now. */
  async #look(view: View, source: TileSource): Promise<void> {
    const certain = await this.#suspects.prove(source, view.checkpoint);
    if (certain.length === 0) return;
    const { policy, entryTypes, state, save, now, url } = this.#options;
    const evidence = certain.flatMap((suspect) => breachOf(view, suspect, policy, entryTypes));
    const write = (): void => {
      const seen = { note: view.note, where: `${url}/checkpoint`, atMs: now(), by: OBSERVER };
      for (const item of evidence) state.evidence.add(item, now(), [seen]);
    };
    save(write, () => this.found);
  }

  #saveProvisional(progress: Progress): void {
    const { origin, state, save } = this.#options;
    const write = (): void => {
      state.saveProvisional(origin, progress);
      this.#chains.write('provisional');
    };
    // Invalid entries count as soon as it is certain that they are in the log.
    save(write, () => this.found);
    this.#provisional = progress;
    this.#chains.saved('provisional');
  }

  #finish(view: View, tree: TileBuilder, found: WalkFindings): void {
    const { origin, state, save } = this.#options;
    const { problems, invalid, noted } = found;
    if (problems.length === 0 && equalBytes(tree.root(), view.checkpoint.root)) {
      const confirmed = { tree, invalid, noted, note: view.note };
      const write = (): void => {
        state.confirm(origin, confirmed);
        this.#chains.write('confirmed');
      };
      save(write, () => ({ ...noted, invalid, evidence: state.breaches(origin) }));
      this.#confirmed = confirmed;
      this.#confirmedAtMs = timeMsOf(view);
      this.#chains.saved('confirmed');
      this.#provisional = undefined;
      this.#suspects.clear();
      return;
    }
    if (!isOutage(problems)) this.#forget();
  }

  /** Back to the confirmed tree. */
  #forget(): void {
    this.#options.state.dropProvisional(this.#options.origin);
    this.#chains.forget();
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

function timeMsOf({ quorumTimeSeconds }: View): number | undefined {
  return quorumTimeSeconds === undefined ? undefined : quorumTimeSeconds * 1000;
}
