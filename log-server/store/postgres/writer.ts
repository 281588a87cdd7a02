/**
 * The writing half of the PostgreSQL store: each write is one statement, and so a transaction that no client can
 * leave open. A process that is stopped, wherever that is, holds no lock that keeps another from taking the lease.
 *
 * The lease is a fencing number in the row of the log, which each opening raises. Every write takes that row first,
 * and does nothing where the number is another: so none of an old writer commits after a new one has opened.
 */
import { concatBytes } from '#protocol/bytes.ts';
import { type AppendBatch, type HeldEntries, heldEntries, type LogWriter } from '../log-writer.ts';
import { type Anchor, type SignedHead, StoreError } from '../store.ts';
import { changedStrips } from '../strips.ts';
import { byteaArray, int4Array, int8Array } from './arrays.ts';
import { leavesIn, PostgresReader } from './reader.ts';
import type { Session, Statement } from './session.ts';

const APPEND: Statement = {
  name: 'append',
  text: `
    WITH held AS MATERIALIZED (
      ${leavesIn('$9')}
    ), head AS (
      UPDATE log SET size = $1, root = $2
      WHERE size = $3 AND fencing = $4 AND NOT frozen AND moved_to IS NULL
      AND NOT EXISTS (SELECT 1 FROM held)
      RETURNING 1
    ), added AS (
      INSERT INTO entries (idx, bytes)
      SELECT $3 + place - 1, entry
      FROM head, unnest($5::bytea[]) WITH ORDINALITY AS batch (entry, place)
    ), grown AS (
      INSERT INTO strips (level, idx, hashes)
      SELECT changed.* FROM head, unnest($6::int4[], $7::int8[], $8::bytea[]) AS changed
      ON CONFLICT (level, idx) DO UPDATE SET hashes = excluded.hashes
    )
    SELECT place, idx FROM held UNION ALL SELECT 0, 0 FROM head`,
};

const RECORD_SIGNED: Statement = {
  name: 'record_signed',
  text: `
    WITH lease AS (
      SELECT 1 FROM log WHERE fencing = $1 AND moved_to IS NULL FOR NO KEY UPDATE
    )
    INSERT INTO signed_checkpoints (size, root, note)
    SELECT $2, $3, $4 FROM lease
    WHERE (SELECT max(size) FROM signed_checkpoints) IS NOT DISTINCT FROM $5::int8
    AND $2 > coalesce($5::int8, -1)
    RETURNING 1`,
};

const RECORD_PUBLISHED: Statement = {
  name: 'record_published',
  text: `
    WITH lease AS (
      SELECT 1 FROM log WHERE fencing = $1 AND moved_to IS NULL FOR NO KEY UPDATE
    ),
    fitting AS (
      SELECT 1 FROM lease
      WHERE NOT EXISTS (SELECT 1 FROM published WHERE size > $2)
      AND NOT EXISTS (SELECT 1 FROM anchors WHERE size >= ($4::int8[])[1])
    ), replaced AS (
      INSERT INTO published (id, size, note) SELECT 1, $2, $3 FROM fitting
      ON CONFLICT (id) DO UPDATE SET size = excluded.size, note = excluded.note
    ), kept AS (
      INSERT INTO anchors (size, note)
      SELECT anchor.* FROM fitting, unnest($4::int8[], $5::text[]) AS anchor
    )
    SELECT 1 FROM fitting`,
};

const FREEZE: Statement = {
  name: 'freeze',
  text: 'UPDATE log SET frozen = true WHERE fencing = $1 AND moved_to IS NULL RETURNING 1',
};

const MOVE: Statement = {
  name: 'move',
  text: 'UPDATE log SET moved_to = $2 WHERE fencing = $1 AND moved_to IS NULL RETURNING 1',
};

export class PostgresWriter extends PostgresReader implements LogWriter {
  readonly #session: Session;
  readonly #fencing: number;

  /** Owns the session. `fencing` is what taking the lease has made of the number. */
  constructor(session: Session, fencing: number) {
    super(session);
    this.#session = session;
    this.#fencing = fencing;
  }

  async append({ firstIndex, entries, tiles, head }: AppendBatch): Promise<HeldEntries> {
    const strips = tiles.flatMap((tile) => changedStrips(tile, firstIndex));
    const leaves = entries.map(({ leafHash }) => leafHash);
    try {
      const rows = await this.#session.write<[place: number, index: number]>(APPEND, [
        head.size,
        head.root,
        firstIndex,
        this.#fencing,
        byteaArray(entries.map(({ bytes }) => bytes)),
        int4Array(strips.map(({ level }) => level)),
        int8Array(strips.map(({ index }) => index)),
        byteaArray(strips.map(({ hashes }) => concatBytes(...hashes))),
        byteaArray(leaves),
      ]);
      if (rows.length === 0) throw lost(`the tree is not of size ${firstIndex}`);
      return new Map(
        rows.filter(([place]) => place > 0).map(([place, index]) => [place - 1, index]),
      );
    } catch (error) {
      const refusal = await this.#refusalOf(error);
      if (refusal === undefined) throw error;
      // Triggers refuse the statement as a whole, also where it would have changed nothing.
      const held = heldEntries(await this.findLeaves(leaves));
      if (held.size > 0) return held;
      throw refusal;
    }
  }

  /** That this log takes no entry now, or ever, if that is why an append has failed. */
  async #refusalOf(error: unknown): Promise<StoreError | undefined> {
    if (!(error instanceof StoreError)) return undefined;
    if (error.kind === 'full') return error;
    if (error.kind !== 'conflict' || !(await this.state()).isFrozen) return undefined;
    return new StoreError('frozen', 'the log is frozen');
  }

  async recordSigned(head: SignedHead, previousSize: number | undefined): Promise<void> {
    await this.#write(RECORD_SIGNED, `the size signed last is not ${previousSize}`, [
      this.#fencing,
      head.size,
      head.root,
      head.note,
      previousSize,
    ]);
  }

  async recordPublished(note: string, size: number, anchors: readonly Anchor[]): Promise<void> {
    const sizes = anchors.map((anchor) => anchor.size);
    const fault = `size ${size} is smaller than what is published, or one of ${sizes} than an anchor`;
    const isAscending = sizes.every((one, i) => i === 0 || one > sizes[i - 1]!);
    if (!isAscending) throw new StoreError('conflict', fault);
    await this.#write(RECORD_PUBLISHED, fault, [
      this.#fencing,
      size,
      note,
      int8Array(sizes),
      anchors.map((anchor) => anchor.note),
    ]);
  }

  async freeze(): Promise<void> {
    await this.#write(FREEZE, 'the log has moved', [this.#fencing]);
  }

  async moveTo(place: string): Promise<void> {
    await this.#write(MOVE, 'the log has moved', [this.#fencing, place]);
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  /** What changes no row has found another state, or another writer. */
  async #write(statement: Statement, fault: string, values: readonly unknown[]): Promise<void> {
    const rows = await this.#session.write(statement, values);
    if (rows.length !== 1) throw lost(fault);
  }
}

function lost(fault: string): StoreError {
  return new StoreError('conflict', `the lease is lost, or ${fault}`);
}
