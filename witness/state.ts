/**
 * What the witness remembers, in SQLite: for each log the last tree that it cosigned, and evidence.
 *
 * Everything that a cosignature depends on is read and written here in one durable transaction, so
 * a decision is never made on a state that another request has changed. Nothing is cached: the
 * database is the state, also right after a write that failed.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  type EvidenceKind,
  encodeEvidence,
  evidenceId,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { asHash, EMPTY_ROOT, type Hash } from '#protocol/merkle/hash.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import { type OpenedDatabase, openDatabase, type SqliteDatabase } from '#service/sqlite.ts';
import { WITNESS_APPLICATION_ID, WITNESS_MIGRATIONS } from './schema.ts';

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

/** What `update` is to do: all of it in the transaction in which the state was read, or nothing. */
export interface Decision<T> {
  readonly answer: T;
  readonly advance?: Pick<LogState, 'size' | 'root' | 'timeSeconds'> & { readonly note: string };
  readonly evidence?: readonly Evidence[];
}

/** A piece of evidence without its bytes. */
export interface EvidenceRecord {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly origin: string;
  /** Verifier key of who contradicted itself. */
  readonly accused: string;
  /** The contradiction in one sentence. */
  readonly statement: string;
  /** Unix milliseconds. */
  readonly detectedAtMs: number;
}

interface LogRow {
  origin: string;
  vkey: string;
  size: number;
  root: Uint8Array;
  note: string | null;
  time_seconds: number;
  frozen_by: string | null;
}

/**
 * The contract, whatever the storage: (1) `update` runs alone: no other update begins before it has
 * ended. (2) When it returns, its effects survive kill -9 and power loss; when it throws, none of
 * them happened. (3) Size and time of a log never decrease; a frozen log never changes again.
 * (4) Evidence is verified before it is stored, and stored evidence is never changed. (5) Evidence
 * against a log's own key freezes that log in the same transaction.
 */
export class WitnessState {
  readonly #opened: OpenedDatabase;
  readonly #statements: Statements;
  /** Runs its argument as one transaction that takes the write lock first. */
  readonly #atomically: <T>(work: () => T) => T;

  private constructor(opened: OpenedDatabase) {
    const { db } = opened;
    this.#opened = opened;
    this.#statements = prepare(db);
    this.#atomically = (work) => db.transaction(work).immediate();
  }

  /**
   * Opens the database of the witness with these keys, for these logs. Throws `ConfigError` if it
   * is in use, belongs to another witness, knows a log by another key, or is not there: only
   * `initWitness` makes a new one.
   */
  static open(
    path: string,
    witnessKeys: readonly VerifierKey[],
    logKeys: readonly VerifierKey[],
    { create }: { create: boolean } = { create: false },
  ): WitnessState {
    const opened = openDatabase(path, {
      kind: 'witness',
      applicationId: WITNESS_APPLICATION_ID,
      migrations: WITNESS_MIGRATIONS,
      exclusive: true,
      create,
    });
    try {
      const state = new WitnessState(opened);
      state.#atomically(() => {
        for (const key of witnessKeys) state.#claimKey(path, key);
        for (const key of logKeys) state.#claimLog(path, key);
      });
      return state;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  /** Throws RangeError for an origin that is none of the configured logs'. */
  log(origin: string): LogState {
    const row = this.#statements.log.get(origin);
    if (row === undefined) throw new RangeError(`the log ${origin} is not configured`);
    return {
      origin,
      size: row.size,
      root: asHash(new Uint8Array(row.root)),
      note: row.note ?? undefined,
      timeSeconds: row.time_seconds,
      frozenBy: row.frozen_by ?? undefined,
    };
  }

  /** Decides on the current state of a log and carries the decision out, atomically. */
  update<T>(origin: string, nowMs: number, decide: (current: LogState) => Decision<T>): T {
    return this.#atomically(() => {
      const { answer, advance, evidence = [] } = decide(this.log(origin));
      if (advance !== undefined) this.#statements.advance.run({ origin, ...advance });
      for (const item of evidence) this.#store(item, nowMs);
      return answer;
    });
  }

  /** Verifies and stores evidence, freezing the logs it proves wrong. Answers what was new. */
  recordEvidence(evidence: readonly Evidence[], nowMs: number): EvidenceRecord[] {
    return this.#atomically(() => evidence.flatMap((item) => this.#store(item, nowMs)));
  }

  /** All evidence, oldest first. */
  evidence(): EvidenceRecord[] {
    return this.#statements.listEvidence.all();
  }

  /** The canonical bytes of one piece of evidence. */
  evidenceBytes(id: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#statements.evidenceBody.get(id);
    return row === undefined ? undefined : new Uint8Array(row.body);
  }

  close(): void {
    this.#opened.close();
  }

  /** One record if the evidence is the first of its kind against that key; else none. */
  #store(evidence: Evidence, detectedAtMs: number): EvidenceRecord[] {
    const verdict = verifyEvidence(evidence);
    if (!verdict.proven) throw new Error(`evidence that proves nothing: ${verdict.reason}`);
    const { origin, accused, statement } = verdict;
    const id = evidenceId(evidence);
    const record = { id, kind: evidence.kind, origin, accused, statement, detectedAtMs };
    const { changes } = this.#statements.addEvidence.run({
      ...record,
      body: encodeEvidence(evidence),
    });
    if (changes === 0) return [];
    this.#statements.freeze.run({ id, origin, accused });
    return [record];
  }

  #claimKey(path: string, { type, name, text }: VerifierKey): void {
    const owner = this.#statements.anyKey.get();
    if (owner !== undefined && owner.name !== name) {
      throw new ConfigError(
        `${path} is the database of the witness ${owner.name}, not of ${name}; ` +
          'choose another file or the right key.',
      );
    }
    this.#statements.addKey.run(type, name, text);
    if (this.#statements.key.get(type)?.vkey === text) return;
    throw new ConfigError(
      `${path} was written with another key of the witness ${name}; ` +
        'a new key needs a new name and a new database.',
    );
  }

  /** Adds a log that is new; of a known one, makes sure that the state really is that log's. */
  #claimLog(path: string, key: VerifierKey): void {
    this.#statements.addLog.run(key.name, key.text, EMPTY_ROOT);
    const row = this.#statements.log.get(key.name);
    if (row?.vkey !== key.text) {
      throw new ConfigError(
        `${path} knows the log ${key.name} by another key: ${row?.vkey}; ` +
          'a log with a new key needs a new origin.',
      );
    }
    if (row.note === null || isSignedState(row, row.note, key)) return;
    throw new ConfigError(
      `${path} is damaged: its checkpoint of ${key.name} is not one that the log signed.`,
    );
  }
}

function isSignedState(row: LogRow, note: string, key: VerifierKey): boolean {
  try {
    const { checkpoint } = openCheckpoint(note, key);
    return checkpoint.size === row.size && equalBytes(checkpoint.root, row.root);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    anyKey: db.prepare<[], { name: string }>('SELECT name FROM keys LIMIT 1'),
    key: db.prepare<[number], { vkey: string }>('SELECT vkey FROM keys WHERE type = ?'),
    addKey: db.prepare<[number, string, string]>(
      'INSERT INTO keys (type, name, vkey) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    log: db.prepare<[string], LogRow>('SELECT * FROM logs WHERE origin = ?'),
    addLog: db.prepare<[string, string, Uint8Array]>(
      `INSERT INTO logs (origin, vkey, size, root, time_seconds) VALUES (?, ?, 0, ?, 0)
       ON CONFLICT DO NOTHING`,
    ),
    advance: db.prepare<[{ origin: string } & NonNullable<Decision<unknown>['advance']>]>(
      `UPDATE logs SET size = @size, root = @root, note = @note, time_seconds = @timeSeconds
       WHERE origin = @origin`,
    ),
    freeze: db.prepare<[{ id: string; origin: string; accused: string }]>(
      `UPDATE logs SET frozen_by = @id
       WHERE origin = @origin AND vkey = @accused AND frozen_by IS NULL`,
    ),
    addEvidence: db.prepare<[EvidenceRecord & { body: Uint8Array }]>(
      `INSERT INTO evidence (id, kind, origin, accused, statement, detected_at_ms, body)
       VALUES (@id, @kind, @origin, @accused, @statement, @detectedAtMs, @body)
       ON CONFLICT DO NOTHING`,
    ),
    listEvidence: db.prepare<[], EvidenceRecord>(
      `SELECT id, kind, origin, accused, statement, detected_at_ms AS detectedAtMs
       FROM evidence ORDER BY rowid`,
    ),
    evidenceBody: db.prepare<[string], { body: Uint8Array }>(
      'SELECT body FROM evidence WHERE id = ?',
    ),
  };
}
