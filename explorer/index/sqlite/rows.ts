/** Rows that reader and writer share: logs, checkpoints, and which tiles a confirmed tree has. */
import { fromHex, toHex } from '#protocol/bytes.ts';
import { asHash, HASH_BYTES } from '#protocol/merkle/hash.ts';
import { tileWidth } from '#protocol/merkle/tiles.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type {
  AskedCheckpoints,
  ListedCheckpoint,
  LogProgress,
  SeenCheckpoint,
} from '../search-index.ts';

export interface LogRow {
  readonly id: number;
  readonly origin: string;
  readonly size: number;
  readonly confirmed_size: number | null;
  readonly begun: string | null;
}

interface ListedRow {
  readonly size: number;
  readonly root: Uint8Array;
  readonly seen_ms: number;
  readonly cosigned: string;
}

interface CheckpointRow extends ListedRow {
  readonly note: string;
}

const LOG_COLUMNS = 'id, origin, size, confirmed_size, begun';
const LISTED_COLUMNS = 'size, root, seen_ms, cosigned';
const CHECKPOINT_COLUMNS = `${LISTED_COLUMNS}, note`;

/** To be called within a transaction. */
export class Rows {
  readonly #reads: ReturnType<typeof prepareReads>;

  constructor(db: SqliteDatabase) {
    this.#reads = prepareReads(db);
  }

  logs(): LogRow[] {
    return this.#reads.logs.all();
  }

  log(origin: string): LogRow | undefined {
    return this.#reads.log.get(origin);
  }

  /** Throws RangeError for a log that `progress` of a writer has not made known. */
  knownLog(origin: string): LogRow {
    const log = this.log(origin);
    if (log === undefined) throw new RangeError(`the index knows no log "${origin}"`);
    return log;
  }

  progressOf(log: LogRow): LogProgress {
    const { id, origin, size, confirmed_size: confirmedSize } = log;
    const row = confirmedSize === null ? undefined : this.#reads.checkpoint.get(id, confirmedSize);
    return {
      origin,
      size,
      confirmed: row === undefined ? undefined : checkpointOf(row),
      begun: log.begun === null ? undefined : parseCheckpoint(log.begun),
      evidence: this.#reads.evidence.all(id),
    };
  }

  isFrozen({ id }: LogRow): boolean {
    return this.#reads.evidence.get(id) !== undefined;
  }

  checkpoints(
    { id }: LogRow,
    { limit, before = Number.MAX_SAFE_INTEGER, notes = false }: AskedCheckpoints,
  ): ListedCheckpoint[] {
    if (!notes) return this.#reads.listed.all(id, before, limit).map(listedOf);
    return this.#reads.checkpoints.all(id, before, limit).map(checkpointOf);
  }

  tile(log: LogRow, level: number, index: number, width: number): Uint8Array | undefined {
    if (width > tileWidth(level, index, log.confirmed_size ?? 0)) return undefined;
    return this.#reads.tile.get(log.id, level, index)?.subarray(0, width * HASH_BYTES);
  }
}

function prepareReads(db: SqliteDatabase) {
  const before = 'FROM checkpoints WHERE log = ? AND size < ? ORDER BY size DESC LIMIT ?';
  return {
    logs: db.prepare<[], LogRow>(`SELECT ${LOG_COLUMNS} FROM logs ORDER BY id`),
    log: db.prepare<[string], LogRow>(`SELECT ${LOG_COLUMNS} FROM logs WHERE origin = ?`),
    checkpoint: db.prepare<[number, number], CheckpointRow>(
      `SELECT ${CHECKPOINT_COLUMNS} FROM checkpoints WHERE log = ? AND size = ?`,
    ),
    listed: db.prepare<[number, number, number], ListedRow>(`SELECT ${LISTED_COLUMNS} ${before}`),
    checkpoints: db.prepare<[number, number, number], CheckpointRow>(
      `SELECT ${CHECKPOINT_COLUMNS} ${before}`,
    ),
    evidence: db
      .prepare<[number], string>('SELECT id FROM evidence WHERE log = ? ORDER BY found_ms, id')
      .pluck(),
    tile: db
      .prepare<[number, number, number], Buffer>(
        'SELECT hashes FROM tiles WHERE log = ? AND level = ? AND idx = ?',
      )
      .pluck(),
  };
}

function listedOf({ size, root, seen_ms: seenMs, cosigned }: ListedRow): ListedCheckpoint {
  return { size, root: asHash(new Uint8Array(root)), seenMs, cosigned: JSON.parse(cosigned) };
}

function checkpointOf(row: CheckpointRow): SeenCheckpoint {
  return { ...listedOf(row), note: row.note };
}

/** A checkpoint as JSON. */
export function formatCheckpoint(checkpoint: SeenCheckpoint): string {
  return JSON.stringify({ ...checkpoint, root: toHex(checkpoint.root) });
}

function parseCheckpoint(json: string): SeenCheckpoint {
  const { root, ...rest } = JSON.parse(json);
  return { ...rest, root: asHash(fromHex(root)) };
}
