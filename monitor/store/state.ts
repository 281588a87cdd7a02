/**
 * What the monitor remembers over restarts and kill -9, in one SQLite database: the re-derived
 * tree of each log, signed checkpoints still to be compared, what each witness cosigned, evidence.
 *
 * Alerts and the messages about them live in the same file (`alerts/`), so that what belongs
 * together commits together: see `Alerts.commit`.
 */
import { concatBytes } from '#protocol/bytes.ts';
import { standingOf } from '#protocol/evidence/evidence.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { decodeTile } from '#protocol/merkle/tiles.ts';
import type { EvidenceRecord } from '#service/evidence/evidence-record.ts';
import { EvidenceTable } from '#service/evidence/evidence-table.ts';
import { type OpenedDatabase, openDatabase, type SqliteDatabase } from '#service/sqlite.ts';
import type { ChainState } from '../judge/chain.ts';
import type { Growth } from '../judge/growth.ts';
import type { Tally } from '../judge/observations.ts';
import { MONITOR_APPLICATION_ID, MONITOR_MIGRATIONS } from './schema.ts';

/** Entries that are noteworthy, beside those that are invalid. */
export interface Noted {
  readonly unknown: Tally;
  readonly violations: Tally;
  readonly forks: Tally;
  /** Receipts whose chain is not followed, as there are too many issuers. */
  readonly unfollowed: number;
  /** Entries that were only made into the tree, whatever they are. */
  readonly unjudged: number;
}

export const NONE: Tally = { count: 0, examples: [] };
export const NONE_NOTED: Noted = {
  unknown: NONE,
  violations: NONE,
  forks: NONE,
  unfollowed: 0,
  unjudged: 0,
};

export type Slot = 'confirmed' | 'provisional';

/** A log as re-derived up to some size. */
export interface Progress {
  readonly tree: TileBuilder;
  readonly invalid: Tally;
  readonly noted: Noted;
}

export interface ConfirmedProgress extends Progress {
  /** The signed checkpoint whose root this tree has. */
  readonly note: string;
}

/** A signed checkpoint that is still to be compared. */
export interface SavedStatement {
  /** The signed text, which the note begins with. */
  readonly text: string;
  readonly note: string;
  readonly firstSeenMs: number;
}

/** The largest tree that a key cosigned, and when first. */
export interface Cosigned {
  readonly size: number;
  readonly timeSeconds: number;
  readonly note: string;
  /** When it last cosigned any tree. */
  readonly latestSeconds: number;
}

interface TreeRow {
  size: number;
  edge: Uint8Array;
  note: string | null;
  invalid_count: number;
  invalid_examples: string;
  noted: string;
}

export class MonitorState {
  /** What is held against anybody; added to in a transaction of `Alerts.commit`. */
  readonly evidence: EvidenceTable;
  readonly #opened: OpenedDatabase;
  readonly #sql: ReturnType<typeof prepare>;

  private constructor(opened: OpenedDatabase) {
    this.#opened = opened;
    this.#sql = prepare(opened.db);
    this.evidence = new EvidenceTable(opened.db);
  }

  /** Opens or creates the database. Throws `ConfigError`, also if another process holds it. */
  static open(path: string): MonitorState {
    return new MonitorState(
      openDatabase(path, {
        kind: 'monitor',
        applicationId: MONITOR_APPLICATION_ID,
        migrations: MONITOR_MIGRATIONS,
        exclusive: true,
        create: true,
      }),
    );
  }

  get db(): SqliteDatabase {
    return this.#opened.db;
  }

  async confirmed(origin: string): Promise<ConfirmedProgress | undefined> {
    const row = this.#sql.tree.get(origin, 'confirmed');
    if (row === undefined) return undefined;
    return { ...(await readProgress(row)), note: row.note! };
  }

  async provisional(origin: string): Promise<Progress | undefined> {
    const row = this.#sql.tree.get(origin, 'provisional');
    return row === undefined ? undefined : await readProgress(row);
  }

  /** Replaces the confirmed tree and ends the walk that led to it. To be called in a transaction. */
  confirm(origin: string, progress: ConfirmedProgress): void {
    this.#sql.saveTree.run({ ...treeRow(progress), origin, slot: 'confirmed' });
    this.dropProvisional(origin);
  }

  saveProvisional(origin: string, progress: Progress): void {
    this.#sql.saveTree.run({ ...treeRow(progress), origin, slot: 'provisional' });
  }

  dropProvisional(origin: string): void {
    this.#sql.dropProvisional.run(origin);
    this.#sql.dropChains.run(origin);
  }

  /** The chains of a log's issuers, by the key of each. */
  chains(origin: string, slot: Slot): Map<string, ChainState> {
    const rows = this.#sql.chains.all(origin, slot);
    return new Map(rows.map(({ issuer, chain }) => [issuer, JSON.parse(chain) as ChainState]));
  }

  /** To be called in the transaction that saves the tree. */
  saveChain(origin: string, slot: Slot, issuer: string, chain: ChainState): void {
    this.#sql.saveChain.run(origin, slot, issuer, JSON.stringify(chain));
  }

  /** The statements of a log that are not settled, in the order in which they were first saved. */
  statements(origin: string): SavedStatement[] {
    return this.#sql.statements.all(origin);
  }

  /** Of one that is there, only the note is replaced. */
  saveStatement(origin: string, statement: SavedStatement): void {
    this.#sql.saveStatement.run({ ...statement, origin });
  }

  deleteStatement(origin: string, text: string): void {
    this.#sql.deleteStatement.run(origin, text);
  }

  cosigned(origin: string, vkey: string): Cosigned | undefined {
    return this.#sql.cosigned.get(origin, vkey);
  }

  saveCosigned(origin: string, vkey: string, cosigned: Cosigned): void {
    this.#sql.saveCosigned.run({ ...cosigned, origin, vkey });
  }

  /** Size of the largest checkpoint that a witness has shown at its address. */
  shownSize(origin: string, url: string): number | undefined {
    return this.#sql.shown.get(origin, url)?.size;
  }

  saveShownSize(origin: string, url: string, size: number): void {
    this.#sql.saveShown.run(origin, url, size);
  }

  growth(origin: string): Growth | undefined {
    const row = this.#sql.growth.get(origin);
    return row === undefined ? undefined : (JSON.parse(row.growth) as Growth);
  }

  saveGrowth(origin: string, growth: Growth): void {
    this.#sql.saveGrowth.run(origin, JSON.stringify(growth));
  }

  /** Keys with proof against them, as text. */
  convicted(origin: string): Set<string> {
    return new Set(this.#proven(origin).map(({ accused }) => accused));
  }

  /** Ids of what proves that somebody contradicts himself about a log. */
  proofs(origin: string): string[] {
    return this.#proven(origin).map(({ id }) => id);
  }

  /** Ids of what proves that a log signed a tree with an invalid entry in it. */
  breaches(origin: string): string[] {
    const records = this.evidence.list().filter((record) => record.origin === origin);
    return records.filter(({ kind }) => kind === 'invalid-entry').map(({ id }) => id);
  }

  #proven(origin: string): EvidenceRecord[] {
    const records = this.evidence.list().filter((record) => record.origin === origin);
    return records.filter(({ kind }) => standingOf(kind) === 'proof');
  }

  close(): void {
    this.#opened.close();
  }
}

async function readProgress(row: TreeRow): Promise<Progress> {
  let offset = 0;
  const tree = await TileBuilder.load(row.size, async (_level, _index, width) => {
    const start = offset;
    offset += width * HASH_BYTES;
    return decodeTile(new Uint8Array(row.edge.subarray(start, offset)), width);
  });
  const examples = JSON.parse(row.invalid_examples) as string[];
  const noted = { ...NONE_NOTED, ...(JSON.parse(row.noted) as Partial<Noted>) };
  return { tree, invalid: { count: row.invalid_count, examples }, noted };
}

function treeRow({ tree, invalid, noted, note }: Progress & { note?: string }) {
  return {
    size: tree.size,
    edge: concatBytes(...tree.partialTiles().flatMap(({ hashes }) => hashes)),
    note: note ?? null,
    invalid_count: invalid.count,
    invalid_examples: JSON.stringify(invalid.examples),
    noted: JSON.stringify(noted),
  };
}

function prepare(db: SqliteDatabase) {
  return {
    tree: db.prepare<[string, string], TreeRow>(
      'SELECT * FROM trees WHERE origin = ? AND slot = ?',
    ),
    saveTree: db.prepare<[TreeRow & { origin: string; slot: string }]>(
      `INSERT INTO trees (origin, slot, size, edge, note, invalid_count, invalid_examples, noted)
       VALUES (@origin, @slot, @size, @edge, @note, @invalid_count, @invalid_examples, @noted)
       ON CONFLICT (origin, slot) DO UPDATE SET size = excluded.size, edge = excluded.edge,
         note = excluded.note, invalid_count = excluded.invalid_count,
         invalid_examples = excluded.invalid_examples, noted = excluded.noted`,
    ),
    dropProvisional: db.prepare<[string]>(
      "DELETE FROM trees WHERE origin = ? AND slot = 'provisional'",
    ),
    dropChains: db.prepare<[string]>(
      "DELETE FROM chains WHERE origin = ? AND slot = 'provisional'",
    ),
    chains: db.prepare<[string, string], { issuer: string; chain: string }>(
      'SELECT issuer, chain FROM chains WHERE origin = ? AND slot = ?',
    ),
    saveChain: db.prepare<[string, string, string, string]>(
      'INSERT OR REPLACE INTO chains (origin, slot, issuer, chain) VALUES (?, ?, ?, ?)',
    ),
    growth: db.prepare<[string], { growth: string }>('SELECT growth FROM growth WHERE origin = ?'),
    saveGrowth: db.prepare<[string, string]>(
      'INSERT OR REPLACE INTO growth (origin, growth) VALUES (?, ?)',
    ),
    statements: db.prepare<[string], SavedStatement>(
      `SELECT text, note, first_seen_ms AS firstSeenMs FROM statements
       WHERE origin = ? ORDER BY rowid`,
    ),
    saveStatement: db.prepare<[SavedStatement & { origin: string }]>(
      `INSERT INTO statements (origin, text, note, first_seen_ms)
       VALUES (@origin, @text, @note, @firstSeenMs)
       ON CONFLICT (origin, text) DO UPDATE SET note = excluded.note`,
    ),
    deleteStatement: db.prepare<[string, string]>(
      'DELETE FROM statements WHERE origin = ? AND text = ?',
    ),
    cosigned: db.prepare<[string, string], Cosigned>(
      `SELECT size, time_seconds AS timeSeconds, note, latest_seconds AS latestSeconds
       FROM cosigned WHERE origin = ? AND vkey = ?`,
    ),
    saveCosigned: db.prepare<[Cosigned & { origin: string; vkey: string }]>(
      `INSERT OR REPLACE INTO cosigned (origin, vkey, size, time_seconds, note, latest_seconds)
       VALUES (@origin, @vkey, @size, @timeSeconds, @note, @latestSeconds)`,
    ),
    shown: db.prepare<[string, string], { size: number }>(
      'SELECT size FROM shown WHERE origin = ? AND url = ?',
    ),
    saveShown: db.prepare<[string, string, number]>(
      'INSERT OR REPLACE INTO shown (origin, url, size) VALUES (?, ?, ?)',
    ),
  };
}
