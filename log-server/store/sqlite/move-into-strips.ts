/**
 * Schema 3: tiles become strips, and the index of leaf hashes keeps the first 8 of their 32 bytes.
 *
 * Which of two leaves with the same beginning is meant, their hashes in the strips tell: nobody can
 * have many such leaves, as each costs him 2^64 hashes. The triggers do for strips what others did for
 * the whole hashes before: a hash is never changed or removed, and no leaf is taken twice.
 *
 * One transaction, so that a crash leaves the old schema or the new one: about 30 s for 10^7 entries,
 * and 80 bytes of room for each of them in the write-ahead log.
 */
import { concatBytes } from '#protocol/bytes.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { decodeTile, expandTile } from '#protocol/merkle/tiles.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import { changedStrips, STRIP_HEIGHT } from '../strips.ts';

/** Part of the work that is for tiles; the rest is for the index. */
const TILES_SHARE = 0.6;

const TABLES = `
  -- Each strip in its greatest width so far; narrower ones are its beginnings.
  CREATE TABLE strips (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hashes BLOB NOT NULL CHECK (length(hashes) % 32 = 0 AND length(hashes) <= 512),
    PRIMARY KEY (level, idx)
  ) STRICT, WITHOUT ROWID;

  -- What makes a retry find its first index, by the beginning of its leaf hash.
  CREATE TABLE new_leaves (
    prefix BLOB NOT NULL CHECK (length(prefix) = 8),
    idx INTEGER NOT NULL,
    PRIMARY KEY (prefix, idx)
  ) STRICT, WITHOUT ROWID;
`;

const leafHash = (idx: string) =>
  `(SELECT substr(hashes, 1 + ${idx} % 16 * 32, 32) FROM strips WHERE level = 0 AND idx = ${idx} / 16)`;

const GUARDS = `
  DROP TABLE tiles;
  DROP TABLE leaves;
  ALTER TABLE new_leaves RENAME TO leaves;

  CREATE TRIGGER strips_only_grow BEFORE UPDATE ON strips
  WHEN NEW.level <> OLD.level OR NEW.idx <> OLD.idx
    OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
  BEGIN SELECT RAISE(ABORT, 'strips only grow'); END;

  CREATE TRIGGER strips_no_delete BEFORE DELETE ON strips
  BEGIN SELECT RAISE(ABORT, 'strips are append-only'); END;

  CREATE TRIGGER leaves_no_update BEFORE UPDATE ON leaves
  BEGIN SELECT RAISE(ABORT, 'leaves is append-only'); END;

  CREATE TRIGGER leaves_no_delete BEFORE DELETE ON leaves
  BEGIN SELECT RAISE(ABORT, 'leaves is append-only'); END;

  -- The strips with the hashes of both are there before the second of two leaves that begin alike.
  CREATE TRIGGER leaves_once BEFORE INSERT ON leaves
  WHEN EXISTS (SELECT 1 FROM leaves WHERE prefix = NEW.prefix)
  BEGIN
    SELECT RAISE(ABORT, 'a leaf is in the log once') FROM leaves
    WHERE prefix = NEW.prefix AND NOT coalesce(
      ${leafHash('leaves.idx')} <> ${leafHash('NEW.idx')}
        AND length(${leafHash('NEW.idx')}) = ${HASH_BYTES},
      FALSE);
  END;
`;

export function moveIntoStrips(db: SqliteDatabase, report: (done: number) => void): void {
  db.exec(TABLES);
  moveTiles(db, (done) => report(TILES_SHARE * done));
  moveLeaves(db, (done) => report(TILES_SHARE + (1 - TILES_SHARE) * done));
  db.exec(GUARDS);
}

function moveTiles(db: SqliteDatabase, report: (done: number) => void): void {
  const places = db.prepare<[], { level: number; index: number }>(
    'SELECT level, idx AS "index" FROM tiles ORDER BY level DESC, idx',
  );
  const read = db
    .prepare<[number, number], Buffer>('SELECT hashes FROM tiles WHERE level = ? AND idx = ?')
    .pluck();
  const write = db.prepare('INSERT INTO strips (level, idx, hashes) VALUES (?, ?, ?)');
  const all = places.all();
  all.forEach(({ level, index }, i) => {
    const bytes = read.get(level, index)!;
    const hashes = decodeTile(bytes, bytes.length / HASH_BYTES);
    const tile = { level, index, hashes, middle: expandTile(hashes)[STRIP_HEIGHT]! };
    for (const strip of changedStrips(tile, 0)) {
      write.run(strip.level, strip.index, concatBytes(...strip.hashes));
    }
    report(i / all.length);
  });
}

/** In the order of the hashes, a 256th at a time. */
function moveLeaves(db: SqliteDatabase, report: (done: number) => void): void {
  const move = db.prepare(
    `INSERT INTO new_leaves (prefix, idx)
     SELECT substr(leaf_hash, 1, 8), idx FROM leaves
     WHERE leaf_hash >= ? AND leaf_hash < ? ORDER BY leaf_hash`,
  );
  for (let first = 0; first < 256; first++) {
    const next = first < 255 ? Uint8Array.of(first + 1) : new Uint8Array(HASH_BYTES + 1).fill(255);
    move.run(Uint8Array.of(first), next);
    report(first / 256);
  }
}
