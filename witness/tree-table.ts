/**
 * The last tree cosigned for each log, in SQLite, and whether the log is frozen.
 *
 * Statements only. Each method is one step of a transaction of `WitnessState`.
 */
import { asHash, type Hash } from '#protocol/merkle/hash.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';

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

/** A tree that was cosigned. */
export interface CosignedTree extends Pick<LogState, 'size' | 'root' | 'timeSeconds'> {
  readonly note: string;
}

interface Row {
  origin: string;
  size: number;
  root: Uint8Array;
  note: string | null;
  time_seconds: number;
  frozen_by: string | null;
}

type BriefRow = Pick<Row, 'origin' | 'size' | 'time_seconds' | 'frozen_by'>;

export class TreeTable {
  readonly #statements: Statements;

  constructor(db: SqliteDatabase) {
    this.#statements = prepare(db);
  }

  /** Throws RangeError for an origin that is none of the logs'. */
  get(origin: string): LogState {
    const row = this.#statements.get.get(origin);
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

  /** How all logs stand, in one query. */
  all(): Omit<LogState, 'root' | 'note'>[] {
    return this.#statements.all.all().map(({ origin, size, time_seconds, frozen_by }) => ({
      origin,
      size,
      timeSeconds: time_seconds,
      frozenBy: frozen_by ?? undefined,
    }));
  }

  advance(origin: string, { size, root, note, timeSeconds }: CosignedTree): void {
    this.#statements.advance.run({ origin, size, root, note, timeSeconds });
  }

  /** For the evidence with this id, if it convicts a key that speaks for the log now. */
  freeze(origin: string, id: string, accused: string): void {
    this.#statements.freeze.run({ id, origin, accused });
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    get: db.prepare<[string], Row>('SELECT * FROM logs WHERE origin = ?'),
    all: db.prepare<[], BriefRow>('SELECT origin, size, time_seconds, frozen_by FROM logs'),
    advance: db.prepare<[{ origin: string } & CosignedTree]>(
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
