/**
 * The evidence that a server holds, in SQLite: verified before it is stored, never changed or deleted,
 * and one of a kind against one key, which keeps it bounded whatever logs and peers do. Beside each
 * stands where and when this server saw it.
 *
 * Statements only. Whoever owns the database says in which transaction they run.
 */
import {
  type Evidence,
  encodeEvidence,
  evidenceId,
  formatEvidenceFile,
  MAX_SIGHTINGS,
  parseEvidence,
  type SeenNote,
  type Sighting,
  sightingsOf,
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

/** A piece of a later migration of both: where and when the parts of evidence were seen. */
export const SIGHTINGS_TABLE = `
  -- Testimony of this server, to a number for each piece of evidence.
  CREATE TABLE sightings (
    evidence TEXT NOT NULL REFERENCES evidence (id),
    at_ms INTEGER NOT NULL,
    seen_by TEXT NOT NULL,
    part TEXT NOT NULL,
    place TEXT NOT NULL,
    UNIQUE (evidence, at_ms, seen_by, part, place)
  ) STRICT;
`;

export type EvidenceReader = Pick<EvidenceTable, 'list' | 'count' | 'has' | 'bytes' | 'file'>;

export class EvidenceTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase) {
    this.#sql = prepare(db);
  }

  /**
   * Stores evidence, which must be proven, if it is the first of its kind against that key, and where
   * its notes were seen. Returns what is now stored of that kind, and whether it is new.
   */
  add(
    evidence: Evidence,
    detectedAtMs: number,
    seen: readonly SeenNote[] = [],
  ): { record: EvidenceRecord; isNew: boolean } {
    const { proven, origin, accused, statement, reason } = verifyEvidence(evidence);
    if (!proven) throw new Error(`evidence that proves nothing: ${reason}`);
    const { kind } = evidence;
    const record = { id: evidenceId(evidence), kind, origin, accused, statement, detectedAtMs };
    const { changes } = this.#sql.add.run({ ...record, body: encodeEvidence(evidence) });
    this.#addSightings(record.id, sightingsOf(evidence, seen));
    if (changes > 0) return { record, isNew: true };
    // Not there either where the owner of the database has set a limit.
    return { record: this.#sql.find.get(origin, accused, kind) ?? record, isNew: false };
  }

  /** Of evidence that is held, up to as many as its file has room for. */
  #addSightings(id: string, sightings: readonly Sighting[]): void {
    for (const { what, where, atMs, by } of sightings) {
      this.#sql.addSighting.run({ id, what, where, atMs, by });
    }
  }

  /** Whether some of this kind is held against a key, for what it signed of a log. */
  has(origin: string, accused: string, kind: string): boolean {
    return this.#sql.find.get(origin, accused, kind) !== undefined;
  }

  count(): number {
    return this.#sql.count.get()!.count;
  }

  /** Oldest first. At most one of each kind for each key and log. */
  list(): EvidenceRecord[] {
    return this.#sql.list.all();
  }

  /** The canonical bytes of one piece. */
  bytes(id: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#sql.body.get(id);
    return row === undefined ? undefined : new Uint8Array(row.body);
  }

  /** The file of one piece: the document, and where its parts were seen. */
  file(id: string): Uint8Array<ArrayBuffer> | undefined {
    const document = this.bytes(id);
    if (document === undefined) return undefined;
    const sightings = this.#sql.sightings.all(id);
    return new Uint8Array(formatEvidenceFile({ evidence: parseEvidence(document), sightings }));
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
    addSighting: db.prepare<[Sighting & { id: string }]>(
      `INSERT INTO sightings (evidence, at_ms, seen_by, part, place)
       SELECT id, @atMs, @by, @what, @where FROM evidence WHERE id = @id
         AND (SELECT count(*) FROM sightings WHERE evidence = @id) < ${MAX_SIGHTINGS}
       ON CONFLICT DO NOTHING`,
    ),
    sightings: db.prepare<[string], Sighting>(
      `SELECT part AS what, place AS "where", at_ms AS atMs, seen_by AS "by" FROM sightings
       WHERE evidence = ? ORDER BY at_ms`,
    ),
    body: db.prepare<[string], { body: Uint8Array }>('SELECT body FROM evidence WHERE id = ?'),
  };
}
