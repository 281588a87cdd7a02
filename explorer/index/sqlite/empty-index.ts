/**
 * Empties an index that was made in another way than it would be made now, so that it is made anew out of its logs.
 * What no log tells again stays: evidence, which checkpoints were seen and when, and of each log the last of them,
 * as begun, so that whatever the log shows next has to go on from it.
 */
import type { SqliteDatabase } from '#service/sqlite.ts';
import { formatCheckpoint, Rows } from './rows.ts';
import { Totals } from './totals.ts';

const DERIVED = ['entries', 'postings', 'times', 'counts', 'tiles', 'hours'];

/** To be called within a transaction. */
export function emptyIndex(db: SqliteDatabase): void {
  const rows = new Rows(db);
  const empty = db.prepare(
    `UPDATE logs SET size = 0, confirmed_size = NULL, begun = :last,
       totals = :none, confirmed_totals = :none WHERE id = :id`,
  );
  const none = Totals.empty().toJson();
  for (const log of rows.logs()) {
    const { begun, confirmed } = rows.progressOf(log);
    // What was begun goes on from what is confirmed.
    const last = begun ?? confirmed;
    empty.run({ id: log.id, none, last: last === undefined ? null : formatCheckpoint(last) });
  }
  for (const table of DERIVED) db.exec(`DELETE FROM ${table}`);
}
