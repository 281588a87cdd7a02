/**
 * Whose database it is: a witness's, with its keys and the logs that it knows by their keys. What would
 * make a witness sign for another, or go on from what a log never signed, is refused at the start.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { logOf, openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';

interface KnownLog {
  vkey: string;
  size: number;
  root: Uint8Array;
  note: string | null;
}

/**
 * Adds the keys and the logs that are new. Throws `ConfigError` if the database belongs to another
 * witness, or knows a log by another key or a checkpoint that it did not sign. To be called in a
 * transaction.
 */
export function claimDatabase(
  db: SqliteDatabase,
  path: string,
  witnessKeys: readonly VerifierKey[],
  logKeys: readonly VerifierKey[],
): void {
  const statements = prepare(db);
  for (const key of witnessKeys) claimKey(statements, path, key);
  for (const key of logKeys) claimLog(statements, path, key);
}

function claimKey(statements: Statements, path: string, { type, name, text }: VerifierKey): void {
  const owner = statements.anyKey.get();
  if (owner !== undefined && owner.name !== name) {
    throw new ConfigError(
      `${path} is the database of the witness ${owner.name}, not of ${name}; ` +
        'choose another file or the right key.',
    );
  }
  statements.addKey.run(type, name, text);
  if (statements.key.get(type)?.vkey === text) return;
  throw new ConfigError(
    `${path} was written with another key of the witness ${name}; ` +
      'a new key needs a new name and a new database.',
  );
}

/** Adds a log that is new; of a known one, makes sure that the state really is that log's. */
function claimLog(statements: Statements, path: string, key: VerifierKey): void {
  statements.addLog.run(key.name, key.text, EMPTY_ROOT);
  const row = statements.log.get(key.name);
  if (row?.vkey !== key.text) {
    throw new ConfigError(
      `${path} knows the log ${key.name} by another key: ${row?.vkey}; ` +
        'a log with a new key needs a new origin.',
    );
  }
  if (row.note === null || isSignedState(row, row.note, key)) return;
  throw new ConfigError(
    `${path} is damaged: its checkpoint of ${key.name} is not one that the log signed.`,
  );
}

function isSignedState({ size, root }: KnownLog, note: string, key: VerifierKey): boolean {
  try {
    const { checkpoint } = openCheckpoint(note, logOf(key));
    return checkpoint.size === size && equalBytes(checkpoint.root, root);
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

type Statements = ReturnType<typeof prepare>;

function prepare(db: SqliteDatabase) {
  return {
    anyKey: db.prepare<[], { name: string }>('SELECT name FROM keys LIMIT 1'),
    key: db.prepare<[number], { vkey: string }>('SELECT vkey FROM keys WHERE type = ?'),
    addKey: db.prepare<[number, string, string]>(
      'INSERT INTO keys (type, name, vkey) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    log: db.prepare<[string], KnownLog>('SELECT vkey, size, root, note FROM logs WHERE origin = ?'),
    addLog: db.prepare<[string, string, Uint8Array]>(
      `INSERT INTO logs (origin, vkey, size, root, time_seconds) VALUES (?, ?, 0, ?, 0)
       ON CONFLICT DO NOTHING`,
    ),
  };
}
