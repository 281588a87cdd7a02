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
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  proveCosignedBackwards,
  proveSameSizeFork,
  type SeenNote,
  standingOf,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import { type LogIdentity, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import { type EvidenceReader, EvidenceTable } from '#service/evidence/evidence-table.ts';
import type { OpenedDatabase, SqliteDatabase } from '#service/sqlite.ts';
import { backUp } from './backup.ts';
import { checkTrees } from './claim.ts';
import { ComparisonTable, type Owed, type SignedTree } from './comparison-table.ts';
import { type Forgotten, ForgottenTable } from './forgotten-table.ts';
import { type Atomically, GroupCommit } from './group-commit.ts';
import { KeyTable } from './keys/key-table.ts';
import { LogRegistry } from './logs/registry.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';
import { openWitnessDatabase } from './schema.ts';
import { seenNotes } from './seen.ts';
import { ShownTable, type ShownTree } from './shown-table.ts';

/** The last tree cosigned for a log: size 0, the empty root and no note before the first one. */
export interface LogState {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** Checkpoint text, the log's verified signature, this witness's cosignatures. Nothing else. */
  readonly note: string | undefined;
  /** POSIX seconds of the last cosignature; 0 before the first one. */
  readonly timeSeconds: number;
  /** Id of the evidence for which the log is no longer cosigned. */
  readonly frozenBy: string | undefined;
}

/** How a log stands, in short. */
export interface Standing extends Pick<LogState, 'origin' | 'size' | 'timeSeconds'> {
  readonly isFrozen: boolean;
  /** If it owes anything: how many comparisons, and for how long it was asked in vain. */
  readonly owed: { readonly count: number; readonly waitedMs: number } | undefined;
}

/** What else is known of a log when a decision is made on it. */
export interface LogMemory {
  /** Evidence that a tree makes with another one of its size that the log is known to have signed. */
  forksWith(tree: SignedTree): readonly Evidence[];
  /** What the log has to show, oldest first. */
  owed(): readonly Owed[];
  /** What was cosigned here and is not remembered, or that nobody was asked for it. */
  forgotten(): Forgotten | 'not-asked' | undefined;
}

/** What `update` is to do: all of it in the transaction in which the state was read, or nothing. */
export interface Decision<T> {
  readonly answer: T;
  /** `logNote`: the checkpoint with the log's signature alone. */
  readonly advance?: Pick<LogState, 'size' | 'root' | 'timeSeconds'> & {
    readonly note: string;
    readonly logNote: string;
  };
  readonly evidence?: readonly Evidence[];
  /** A checkpoint that the log signed and that was not cosigned: to be compared. */
  readonly learn?: { readonly source: string; readonly tree: SignedTree };
  /** Owed checkpoints that were shown to be beginnings of the tree last cosigned. */
  readonly beginnings?: readonly SignedTree[];
  /** Owed checkpoints that were shown to extend the tree last cosigned. */
  readonly extensions?: readonly SignedTree[];
  /** What was forgotten is remembered with this decision. */
  readonly isRecalled?: boolean;
}

export type Decide<T> = (current: LogState, memory: LogMemory) => Decision<T>;

/** How a checkpoint that the log signed stands to the tree that was last cosigned. */
export type Learned =
  | 'consistent'
  | 'contradiction' // now proven: the log is frozen
  | 'owed' // to be compared
  | 'undecided' // compared in vain so far
  | 'nothing-yet' // nothing was cosigned here
  | 'frozen';

interface LogRow {
  origin: string;
  size: number;
  root: Uint8Array;
  note: string | null;
  time_seconds: number;
  frozen_by: string | null;
}

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
  readonly #statements: Statements;
  readonly #comparisons: ComparisonTable;
  readonly #evidence: EvidenceTable;
  /** Runs its argument as one transaction that takes the write lock first. */
  readonly #atomically: Atomically;
  readonly #group: GroupCommit;

  private constructor(opened: OpenedDatabase, path: string) {
    const { db } = opened;
    this.#opened = opened;
    this.keys = new KeyTable(db, path);
    this.logs = new LogRegistry(db);
    this.shown = new ShownTable(db);
    this.forgotten = new ForgottenTable(db);
    this.#statements = prepare(db);
    this.#comparisons = new ComparisonTable(db);
    this.#evidence = new EvidenceTable(db);
    this.#atomically = (work) => db.transaction(work).immediate();
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
    const row = this.#statements.log.get(origin);
    if (row === undefined) throw new RangeError(`the log ${origin} is not known`);
    return {
      origin,
      size: row.size,
      root: asHash(new Uint8Array(row.root)),
      note: row.note ?? undefined,
      timeSeconds: row.time_seconds,
      frozenBy: row.frozen_by ?? undefined,
    };
  }

  /** Root at a size of the tree last cosigned, if it is remembered. */
  rootAt(origin: string, size: number): Hash | undefined {
    const current = this.log(origin);
    if (current.size === size) return current.note === undefined ? undefined : current.root;
    return size < current.size ? this.#comparisons.beginning(origin, size)?.root : undefined;
  }

  /** What would be decided on the current state of a log. Changes nothing. */
  preview<T>(origin: string, decide: Decide<T>): T {
    return this.#decide(this.log(origin), decide).answer;
  }

  /**
   * Decides on the current state of a log and carries the decision out, atomically and together with
   * others, which see what it has changed. Resolves when that is durable.
   */
  updateTogether<T>(origin: string, nowMs: number, decide: Decide<T>): Promise<T> {
    return this.#group.run(() => this.update(origin, nowMs, decide));
  }

  /** Decides on the current state of a log and carries the decision out, atomically. */
  update<T>(origin: string, nowMs: number, decide: Decide<T>): T {
    return this.#atomically(() => {
      const current = this.log(origin);
      const decision = this.#decide(current, decide);
      const { advance, learn } = decision;
      if (advance !== undefined) {
        this.#statements.advance.run({ origin, ...advance });
        this.#comparisons.addBeginning(origin, { ...advance, note: advance.logNote });
      }
      if (decision.isRecalled === true) this.forgotten.remove(origin);
      for (const item of decision.evidence ?? []) this.#store(item, nowMs, 'add-checkpoint');
      for (const tree of decision.beginnings ?? []) this.#comparisons.addBeginning(origin, tree);
      for (const tree of decision.extensions ?? []) {
        this.#comparisons.fits(origin, tree, current.size);
      }
      if (learn !== undefined) this.#learn(current, learn.source, learn.tree, nowMs);
      return decision.answer;
    });
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
      const before = this.shown.of(name, origin);
      const found = before
        .flatMap((other) => contradictions(other, tree, witnessKeys))
        .flatMap((item) => this.#store(item, nowMs, source));
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
      switch (comparison.kind) {
        case 'contradiction':
          return comparison.evidence.flatMap((item) =>
            this.#store(item, nowMs, 'tiles of the log'),
          );
        case 'undecided':
          this.#comparisons.failed(origin, tree, comparison.reason);
          return [];
        case 'consistent':
          if (tree.size > ownSize) this.#comparisons.fits(origin, tree, ownSize);
          else this.#comparisons.addBeginning(origin, tree);
          return [];
      }
    });
  }

  /** How all logs stand, in two queries. */
  standings(): Standing[] {
    const owed = new Map(this.#comparisons.owedByLog().map((row) => [row.origin, row]));
    return this.#statements.all.all().map(({ origin, size, time_seconds, frozen_by }) => ({
      origin,
      size,
      timeSeconds: time_seconds,
      isFrozen: frozen_by !== null,
      owed: owed.get(origin),
    }));
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
  recordEvidence(
    evidence: readonly Evidence[],
    nowMs: number,
    source = 'a peer',
  ): EvidenceRecord[] {
    return this.#atomically(() => evidence.flatMap((item) => this.#store(item, nowMs, source)));
  }

  /**
   * From now on the key does not speak for the log: what only it has signed is no longer owed, either.
   * Throws `ConfigError` for a key that is not the log's, or its only one.
   */
  removeLogKey(origin: string, vkey: string, nowMs: number): WitnessedLog {
    return this.logs.removeKey(origin, vkey, nowMs, (left) => {
      this.#comparisons.forget(origin, ({ note }) => !isSignedBy(note, left));
    });
  }

  /** What is held against anybody. */
  get evidence(): EvidenceReader {
    return this.#evidence;
  }

  /** Copies the whole database to a file that must not exist; it may be written meanwhile. */
  async backUp(path: string, nowMs: number): Promise<void> {
    await backUp(this.#opened.db, path, nowMs);
  }

  close(): void {
    this.#opened.close();
  }

  #decide<T>(current: LogState, decide: Decide<T>): Decision<T> {
    const { origin, size } = current;
    return decide(current, {
      forksWith: (tree) => this.#forksWith(current, tree),
      owed: () => this.#comparisons.owed(origin, size),
      forgotten: () =>
        this.forgotten.get(origin) ?? (this.forgotten.mustAsk(origin) ? 'not-asked' : undefined),
    });
  }

  #learn(current: LogState, source: string, tree: SignedTree, nowMs: number) {
    const { origin } = current;
    const answer = (learned: Learned, found: readonly EvidenceRecord[] = []) => ({
      learned,
      found,
    });
    if (current.frozenBy !== undefined) return answer('frozen');
    const evidence = this.#forksWith(current, tree);
    if (evidence.length > 0) {
      const found = evidence.flatMap((item) => this.#store(item, nowMs, source));
      return answer('contradiction', found);
    }
    // Two trees of one size signed by two of its keys are no evidence, and are never settled.
    const own = current.note === undefined ? [] : [current];
    const known = [...own, this.#comparisons.beginning(origin, tree.size)];
    if (known.some((it) => it?.size === tree.size && equalBytes(it.root, tree.root))) {
      return answer('consistent');
    }
    this.#comparisons.add(origin, source, tree, nowMs);
    // Every tree extends the empty one.
    if (current.size === 0) this.#comparisons.fits(origin, tree, 0);
    if (current.note === undefined) return answer('nothing-yet');
    const owed = this.#comparisons
      .owed(origin, current.size)
      .find(({ size, root }) => size === tree.size && equalBytes(root, tree.root));
    if (owed === undefined) return answer('consistent');
    return answer(owed.reason === undefined ? 'owed' : 'undecided');
  }

  #forksWith(current: LogState, { size, root, note }: SignedTree): Evidence[] {
    const { origin } = current;
    const known = this.#comparisons.treesAt(origin, size);
    if (current.note !== undefined && current.size === size) {
      known.push({ size, root: current.root, note: current.note });
    }
    const other = known.find((tree) => !equalBytes(tree.root, root));
    if (other === undefined) return [];
    return proveSameSizeFork(other.note, note, this.logs.known(origin)!.keys);
  }

  #seen(evidence: Evidence, source: string, nowMs: number): SeenNote[] {
    const { origin } = verifyEvidence(evidence);
    const by = this.keys.all()[0]?.key.name;
    if (by === undefined || this.logs.known(origin) === undefined) return [];
    const current = this.log(origin);
    const owed = this.#comparisons.owed(origin, current.size);
    return seenNotes({ evidence, current, owed, source, by, nowMs });
  }

  /** One record if the evidence is the first of its kind against that key; else none. */
  #store(evidence: Evidence, nowMs: number, source: string): EvidenceRecord[] {
    const { record, isNew } = this.#evidence.add(
      evidence,
      nowMs,
      this.#seen(evidence, source, nowMs),
    );
    if (!isNew) return [];
    const { id, kind, origin, accused } = record;
    if (standingOf(kind) === 'proof') this.#statements.freeze.run({ id, origin, accused });
    return [record];
  }
}

function isSignedBy(note: string, log: LogIdentity): boolean {
  try {
    return openCheckpoint(note, log).logSignatures.length > 0;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** What one witness cannot have cosigned both. Signatures are looked at where the numbers are wrong. */
function contradictions(a: ShownTree, b: ShownTree, keys: readonly VerifierKey[]): Evidence[] {
  if (a.size === b.size) {
    return equalBytes(a.root, b.root) ? [] : proveSameSizeFork(a.note, b.note, keys);
  }
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  return small.timeSeconds > large.timeSeconds ? proveCosignedBackwards(a.note, b.note, keys) : [];
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    log: db.prepare<[string], LogRow>('SELECT * FROM logs WHERE origin = ?'),
    all: db.prepare<[], Pick<LogRow, 'origin' | 'size' | 'time_seconds' | 'frozen_by'>>(
      'SELECT origin, size, time_seconds, frozen_by FROM logs',
    ),
    advance: db.prepare<[{ origin: string } & NonNullable<Decision<unknown>['advance']>]>(
      `UPDATE logs SET size = @size, root = @root, note = @note, time_seconds = @timeSeconds
       WHERE origin = @origin`,
    ),
    freeze: db.prepare<[{ id: string; origin: string; accused: string }]>(
      `UPDATE logs SET frozen_by = @id
       WHERE origin = @origin AND frozen_by IS NULL AND EXISTS (
         SELECT 1 FROM log_keys k
         WHERE k.origin = logs.origin AND k.vkey = @accused AND k.removed_at_ms IS NULL)`,
    ),
  };
}
