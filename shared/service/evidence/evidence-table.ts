/**
 * The evidence that a server holds, in SQLite: verified before it is stored, never changed or deleted,
 * and one of a kind against one key, which keeps it bounded whatever logs and peers do.
 *
 * Statements only. Whoever owns the database says in which transaction they run.
 */
import {
  type Evidence,
  encodeEvidence,
  evidenceId,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { SqliteDatabase } from '../sqlite.ts';
import type { EvidenceRecord } from './evidence-record.ts';

/** A piece of the first migration of witness and monitor. Released: it is never edited. */
export const EVIDENCE_TABLE = `
  -- Contradictions, each proven by itself. One of a kind against one key is enough.
  CREATE TABLE evidence (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    origin TEXT NOT NULL,
    accused TEXT NOT NULL,
    statement TEXT NOT NULL,
    detected_at_ms INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (origin, accused, kind)
  ) STRICT;

  CREATE TRIGGER evidence_is_fixed BEFORE UPDATE ON evidence
  BEGIN SELECT RAISE(ABORT, 'evidence is never changed'); END;

  CREATE TRIGGER evidence_is_kept BEFORE DELETE ON evidence
  BEGIN SELECT RAISE(ABORT, 'evidence is never deleted'); END;
`;

export type EvidenceReader = Pick<EvidenceTable, 'list' | 'count' | 'has' | 'bytes'>;

export class EvidenceTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase) {
    this.#sql = prepare(db);
  }

  /**
   * Stores evidence, which must be proven, if it is the first of its kind against that key. Returns
   * what is now stored of that kind, and whether it is new.
   */
  add(evidence: Evidence, detectedAtMs: number): { record: EvidenceRecord; isNew: boolean } {
    const { proven, origin, accused, statement, reason } = verifyEvidence(evidence);
    if (!proven) throw new Error(`evidence that proves nothing: ${reason}`);
    const { kind } = evidence;
    const record = { id: evidenceId(evidence), kind, origin, accused, statement, detectedAtMs };
    const { changes } = this.#sql.add.run({ ...record, body: encodeEvidence(evidence) });
    if (changes > 0) return { record, isNew: true };
    return { record: this.#sql.find.get(origin, accused, kind)!, isNew: false };
  }

  /** Whether some of this kind is held against a key, for what it signed of a log. */
  has(origin: string, accused: string, kind: string): boolean {
    return this.#sql.find.get(origin, accused, kind) !== undefined;
  }

  count(): number {
    return this.#sql.count.get()!.count;
  }

  /** Oldest first. At most three for each key and log. */
  list(): EvidenceRecord[] {
    return this.#sql.list.all();
  }

  /** The canonical bytes of one piece. */
  bytes(id: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#sql.body.get(id);
    return row === undefined ? undefined : new Uint8Array(row.body);
  }
}

const COLUMNS = 'id, kind, origin, accused, statement, detected_at_ms AS detectedAtMs';

function prepare(db: SqliteDatabase) {
  return {
    add: db.prepare<[EvidenceRecord & { body: Uint8Array }]>(
      `INSERT INTO evidence (id, kind, origin, accused, statement, detected_at_ms, body)
       VALUES (@id, @kind, @origin, @accused, @statement, @detectedAtMs, @body)
       ON CONFLICT DO NOTHING`,
    ),
    find: db.prepare<[string, string, string], EvidenceRecord>(
      `SELECT ${COLUMNS} FROM evidence WHERE origin = ? AND accused = ? AND kind = ?`,
    ),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM evidence'),
    list: db.prepare<[], EvidenceRecord>(`SELECT ${COLUMNS} FROM evidence ORDER BY rowid`),
    body: db.prepare<[string], { body: Uint8Array }>('SELECT body FROM evidence WHERE id = ?'),
  };
}
