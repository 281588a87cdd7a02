/**
 * The evidence that a witness holds, in SQLite: verified before it is stored, one of a kind against one
 * key.
 *
 * Statements and their bounds only. Each method is one step of a transaction of `WitnessState`.
 */
import {
  type Evidence,
  type EvidenceKind,
  encodeEvidence,
  evidenceId,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';

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

export class EvidenceTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor(db: SqliteDatabase) {
    this.#statements = prepare(db);
  }

  /** The record if the evidence is the first of its kind against that key; else nothing. */
  add(evidence: Evidence, detectedAtMs: number): EvidenceRecord | undefined {
    const verdict = verifyEvidence(evidence);
    if (!verdict.proven) throw new Error(`evidence that proves nothing: ${verdict.reason}`);
    const { origin, accused, statement } = verdict;
    const id = evidenceId(evidence);
    const record = { id, kind: evidence.kind, origin, accused, statement, detectedAtMs };
    const { changes } = this.#statements.add.run({ ...record, body: encodeEvidence(evidence) });
    return changes === 0 ? undefined : record;
  }

  count(): number {
    return this.#statements.count.get()!.count;
  }

  /** Oldest first. */
  list(): EvidenceRecord[] {
    return this.#statements.list.all();
  }

  /** The canonical bytes of one piece. */
  bytes(id: string): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#statements.body.get(id);
    return row === undefined ? undefined : new Uint8Array(row.body);
  }
}

function prepare(db: SqliteDatabase) {
  return {
    add: db.prepare<[EvidenceRecord & { body: Uint8Array }]>(
      `INSERT INTO evidence (id, kind, origin, accused, statement, detected_at_ms, body)
       VALUES (@id, @kind, @origin, @accused, @statement, @detectedAtMs, @body)
       ON CONFLICT DO NOTHING`,
    ),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM evidence'),
    list: db.prepare<[], EvidenceRecord>(
      `SELECT id, kind, origin, accused, statement, detected_at_ms AS detectedAtMs
       FROM evidence ORDER BY rowid`,
    ),
    body: db.prepare<[string], { body: Uint8Array }>('SELECT body FROM evidence WHERE id = ?'),
  };
}
