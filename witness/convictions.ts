/**
 * Evidence as a witness keeps it: verified before it is stored, with what the witness itself saw of it
 * and where, and freezing the log whose key it convicts.
 *
 * Each method is one step of a transaction of `WitnessState`.
 */
import {
  type Evidence,
  type SeenNote,
  standingOf,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import { type EvidenceReader, EvidenceTable } from '#service/evidence/evidence-table.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { ComparisonTable } from './comparison-table.ts';
import type { KeyTable } from './keys/key-table.ts';
import type { LogRegistry } from './logs/registry.ts';
import { seenNotes } from './seen.ts';
import type { TreeTable } from './tree-table.ts';

interface ConvictionParts {
  readonly keys: KeyTable;
  readonly logs: LogRegistry;
  readonly trees: TreeTable;
  readonly comparisons: ComparisonTable;
}

export class Convictions {
  readonly #table: EvidenceTable;
  readonly #parts: ConvictionParts;

  constructor(db: SqliteDatabase, parts: ConvictionParts) {
    this.#table = new EvidenceTable(db);
    this.#parts = parts;
  }

  get reader(): EvidenceReader {
    return this.#table;
  }

  /** What was new: evidence that is the first of its kind against its key. */
  add(evidence: readonly Evidence[], source: string, nowMs: number): EvidenceRecord[] {
    return evidence.flatMap((item) => this.#addOne(item, source, nowMs));
  }

  #addOne(evidence: Evidence, source: string, nowMs: number): EvidenceRecord[] {
    const seen = this.#seen(evidence, source, nowMs);
    const { record, isNew } = this.#table.add(evidence, nowMs, seen);
    if (!isNew) return [];
    const { id, kind, origin, accused } = record;
    if (standingOf(kind) === 'proof') this.#parts.trees.freeze(origin, id, accused);
    return [record];
  }

  #seen(evidence: Evidence, source: string, nowMs: number): SeenNote[] {
    const { keys, logs, trees, comparisons } = this.#parts;
    const { origin } = verifyEvidence(evidence);
    const by = keys.all()[0]?.key.name;
    if (by === undefined || logs.known(origin) === undefined) return [];
    const current = trees.get(origin);
    const owed = comparisons.owed(origin, current.size);
    return seenNotes({ evidence, current, owed, source, by, nowMs });
  }
}
