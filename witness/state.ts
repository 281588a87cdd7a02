/**
 * What the witness remembers, in SQLite: for each log the last tree that it cosigned, what the log
 * still has to show to fit it, and evidence.
 *
 * Everything that a cosignature depends on is read and written here in one durable transaction, so
 * a decision is never made on a state that another request has changed. Nothing is cached: the
 * database is the state, also right after a write that failed.
 */
import type { Comparison } from '#client/compare.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { Hash } from '#protocol/merkle/hash.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import type { EvidenceReader } from '#service/evidence/evidence-table.ts';
import type { OpenedDatabase } from '#service/sqlite.ts';
import { backUp } from './backup.ts';
import { checkTrees } from './claim.ts';
import { ComparisonTable, type Owed, type SignedTree } from './comparison-table.ts';
import { Convictions } from './convictions.ts';
import type { Decide, Decision } from './decision.ts';
import { type Forgotten, ForgottenTable } from './forgotten-table.ts';
import { type Atomically, GroupCommit } from './group-commit.ts';
import { KeyTable } from './keys/key-table.ts';
import { type Fit, KnownTrees } from './known-trees.ts';
import { LogRegistry } from './logs/registry.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';
import { openWitnessDatabase } from './schema.ts';
import { ShownTable, type ShownTree } from './shown-table.ts';
import { type LogState, TreeTable } from './tree-table.ts';

/** How a log stands, in short. */
export interface Standing extends Omit<LogState, 'root' | 'note'> {
  /** If it owes anything: how many comparisons, and for how long it was asked in vain. */
  readonly owed: { readonly count: number; readonly waitedMs: number } | undefined;
}

/** How a checkpoint that the log signed stands to the tree that was last cosigned. */
export type Learned =
  | Fit
  | 'contradiction' // now proven: the log is frozen
  | 'frozen';

/**
 * The contract, whatever the storage: (1) `update` runs alone: no other update begins before it has
 * ended. (2) When it returns, or its promise resolves, its effects survive kill -9 and power loss; when
 * it throws, none of them happened. (3) Size and time of a log never decrease; a frozen log never changes again.
 * (4) Evidence is verified before it is stored, and stored evidence is never changed. (5) Evidence
 * that convicts a key of a log freezes that log in the same transaction. (6) A checkpoint that was
 * learned is owed until it is shown to fit, or is evidence; what one source tells pushes out nothing
 * that another told.
 */
export class WitnessState {
  /** The keys of the witness, now and before. */
  readonly keys: KeyTable;
  /** Which logs there are, in the same database. */
  readonly logs: LogRegistry;
  /** What other witnesses were seen to have cosigned. */
  readonly shown: ShownTable;
  /** What was cosigned here and is not remembered. */
  readonly forgotten: ForgottenTable;
  readonly #opened: OpenedDatabase;
  readonly #trees: TreeTable;
  readonly #comparisons: ComparisonTable;
  readonly #known: KnownTrees;
  readonly #convictions: Convictions;
  /** Runs its argument as one transaction that takes the write lock first. */
  readonly #atomically: Atomically;
  /** Runs its argument, which writes nothing, with one lock for all that it reads. */
  readonly #reading: Atomically;
  readonly #group: GroupCommit;

  private constructor(opened: OpenedDatabase, path: string) {
    const { db } = opened;
    this.#opened = opened;
    this.keys = new KeyTable(db, path);
    this.logs = new LogRegistry(db);
    this.shown = new ShownTable(db);
    this.forgotten = new ForgottenTable(db);
    this.#trees = new TreeTable(db);
    this.#comparisons = new ComparisonTable(db);
    this.#known = new KnownTrees(this.#comparisons, this.logs);
    const { keys, logs } = this;
    const parts = { keys, logs, trees: this.#trees, comparisons: this.#comparisons };
    this.#convictions = new Convictions(db, parts);
    const transaction = db.transaction((work: () => unknown) => work());
    this.#atomically = <T>(work: () => T) => transaction.immediate(work) as T;
    this.#reading = <T>(work: () => T) => transaction.deferred(work) as T;
    this.#group = new GroupCommit(this.#atomically, () => db.inTransaction);
  }

  /**
   * Opens the database of the witness with these keys. Throws `ConfigError` if it is in use, belongs
   * to another witness, knows a key of it that is neither here nor retired, or is not there: only
   * `initWitness` makes a new one. Without keys nothing can be signed, and none are asked for.
   */
  static open(
    path: string,
    witnessKeys: readonly VerifierKey[] | undefined,
    { create }: { create: boolean } = { create: false },
  ): WitnessState {
    const opened = openWitnessDatabase(path, { create });
    try {
      const state = new WitnessState(opened, path);
      state.#atomically(() => {
        if (witnessKeys !== undefined) state.keys.claim(witnessKeys);
        checkTrees(opened.db, path, state.logs.all());
      });
      return state;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Throws RangeError for an origin that is none of the logs'. */
  log(origin: string): LogState {
    return this.#trees.get(origin);
  }

  /** Root at a size of the tree last cosigned, if it is remembered. */
  rootAt(origin: string, size: number): Hash | undefined {
    const current = this.log(origin);
    if (current.size === size) return current.note === undefined ? undefined : current.root;
    return size < current.size ? this.#comparisons.beginning(origin, size)?.root : undefined;
  }

  /** What would be decided on the current state of a log. Changes nothing. */
  preview<T>(origin: string, decide: Decide<T>): T {
    return this.#reading(() => this.#decide(this.log(origin), decide).answer);
  }

  /**
   * Decides on the current state of a log and carries the decision out, atomically and together with
   * others, which see what it has changed. Resolves when that is durable.
   */
  updateTogether<T>(origin: string, nowMs: number, decide: Decide<T>): Promise<T> {
    return this.#group.run(() => this.#update(origin, nowMs, decide));
  }

  /** Says that `updateTogether` is about to be called. To be called back when that is over. */
  announceUpdate(): () => void {
    return this.#group.announce();
  }

  /** Decides on the current state of a log and carries the decision out, atomically. */
  update<T>(origin: string, nowMs: number, decide: Decide<T>): T {
    return this.#atomically(() => this.#update(origin, nowMs, decide));
  }

  /**
   * Takes note of a checkpoint with the log's verified signature, told by `source`. `found` is new
   * evidence: it was another tree of a size at which the log is known to have signed one.
   */
  learn(
    origin: string,
    source: string,
    tree: SignedTree,
    nowMs: number,
  ): { learned: Learned; found: readonly EvidenceRecord[] } {
    return this.#atomically(() => this.#learn(this.log(origin), source, tree, nowMs));
  }

  /**
   * Takes note of what another witness has cosigned, as `source` showed it and its keys are known to
   * have signed. Returns the evidence that it makes with what was shown before.
   */
  sawCosigned(
    origin: string,
    witnessKeys: readonly VerifierKey[],
    source: string,
    tree: ShownTree,
    nowMs: number,
  ): readonly EvidenceRecord[] {
    const { name } = witnessKeys[0]!;
    return this.#atomically(() => {
      const evidence = this.shown.contradictions(witnessKeys, origin, tree);
      const found = this.#convictions.add(evidence, source, nowMs);
      this.shown.add(name, origin, tree);
      return found;
    });
  }

  /**
   * Takes note of what this witness itself has cosigned, by its verified signature. Returns whether it
   * does not remember as much; then nothing more is cosigned for the log.
   */
  sawOwn(origin: string, own: Forgotten): boolean {
    return this.#atomically(() => {
      const { size, root, timeSeconds } = this.log(origin);
      const isTree = own.size === size && equalBytes(own.root, root);
      if ((own.size < size || isTree) && own.timeSeconds <= timeSeconds) return false;
      this.forgotten.add(origin, own);
      return true;
    });
  }

  /** What a log has to show at the moment, oldest first. Nothing of one that is frozen. */
  owed(origin: string): Owed[] {
    const { size, frozenBy } = this.log(origin);
    return frozenBy === undefined ? this.#comparisons.owed(origin, size) : [];
  }

  /**
   * Notes what came of comparing a checkpoint with the tree that was last cosigned when it had
   * `ownSize`. That tree may have grown meanwhile, of which the checkpoint knows nothing.
   */
  compared(
    origin: string,
    ownSize: number,
    tree: SignedTree,
    comparison: Comparison,
    nowMs: number,
  ): readonly EvidenceRecord[] {
    return this.#atomically(() => {
      if (comparison.kind === 'contradiction') {
        return this.#convictions.add(comparison.evidence, 'tiles of the log', nowMs);
      }
      this.#known.compared(origin, ownSize, tree, comparison);
      return [];
    });
  }

  /** How all logs stand, in two queries. */
  standings(): Standing[] {
    const owed = new Map(this.#comparisons.owedByLog().map((row) => [row.origin, row]));
    return this.#trees.all().map((log) => ({ ...log, owed: owed.get(log.origin) }));
  }

  /** The logs that have something to show. */
  owing(): string[] {
    return this.#comparisons.owedByLog().map(({ origin }) => origin);
  }

  /** Counts time that passed while comparisons of these logs were owed. */
  countWaiting(origins: readonly string[], elapsedMs: number, nowMs: number): void {
    if (origins.length === 0) return;
    this.#atomically(() => {
      for (const origin of origins) {
        this.#comparisons.count(origin, this.log(origin).size, elapsedMs, nowMs);
      }
    });
  }

  /**
   * Verifies and stores evidence that `source` showed, freezing the logs it proves wrong. Returns what
   * was new.
   */
  recordEvidence(evidence: readonly Evidence[], nowMs: number, source: string): EvidenceRecord[] {
    return this.#atomically(() => this.#convictions.add(evidence, source, nowMs));
  }

  /**
   * From now on the key does not speak for the log: what only it has signed is no longer owed, either.
   * Throws `ConfigError` for a key that is not the log's, or its only one.
   */
  removeLogKey(origin: string, vkey: string, nowMs: number): WitnessedLog {
    return this.logs.removeKey(origin, vkey, nowMs, (left) => this.#known.keepSignedBy(left));
  }

  /** What is held against anybody. */
  get evidence(): EvidenceReader {
    return this.#convictions.reader;
  }

  /** Copies the whole database to a file that must not exist; it may be written meanwhile. */
  async backUp(path: string, nowMs: number): Promise<void> {
    await backUp(this.#opened.db, path, nowMs);
  }

  close(): void {
    this.#opened.close();
  }

  /** One step of a transaction. */
  #update<T>(origin: string, nowMs: number, decide: Decide<T>): T {
    const current = this.log(origin);
    const decision = this.#decide(current, decide);
    const { advance, learn } = decision;
    if (advance !== undefined) {
      this.#trees.advance(origin, advance);
      this.#comparisons.addBeginning(origin, { ...advance, note: advance.logNote });
    }
    if (decision.isRecalled === true) this.forgotten.remove(origin);
    this.#convictions.add(decision.evidence ?? [], 'add-checkpoint', nowMs);
    for (const tree of decision.beginnings ?? []) this.#comparisons.addBeginning(origin, tree);
    for (const tree of decision.extensions ?? []) {
      this.#comparisons.fits(origin, tree, current.size);
    }
    if (learn !== undefined) this.#learn(current, learn.source, learn.tree, nowMs);
    return decision.answer;
  }

  #decide<T>(current: LogState, decide: Decide<T>): Decision<T> {
    const { origin, size } = current;
    return decide(current, {
      forksWith: (tree) => this.#known.forksWith(current, tree),
      owed: () => this.#comparisons.owed(origin, size),
      forgotten: () =>
        this.forgotten.get(origin) ?? (this.forgotten.mustAsk(origin) ? 'not-asked' : undefined),
    });
  }

  #learn(
    current: LogState,
    source: string,
    tree: SignedTree,
    nowMs: number,
  ): { learned: Learned; found: readonly EvidenceRecord[] } {
    if (current.frozenBy !== undefined) return { learned: 'frozen', found: [] };
    const evidence = this.#known.forksWith(current, tree);
    if (evidence.length > 0) {
      const found = this.#convictions.add(evidence, source, nowMs);
      return { learned: 'contradiction', found };
    }
    return { learned: this.#known.learn(current, source, tree, nowMs), found: [] };
  }
}
