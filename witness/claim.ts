/**
 * Whose database it is: a witness's, with its keys and what it cosigned for each log. What would make a
 * witness sign for another, or go on from what a log never signed, is refused at the start.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';

interface KnownTree {
  size: number;
  root: Uint8Array;
  note: string | null;
}

/**
 * Adds the keys that are new. Throws `ConfigError` if the database belongs to another witness, or holds
 * a checkpoint that its log did not sign. To be called in a transaction.
 */
export function claimDatabase(
  db: SqliteDatabase,
  path: string,
  witnessKeys: readonly VerifierKey[],
  logs: readonly WitnessedLog[],
): void {
  const statements = prepare(db);
  for (const key of witnessKeys) claimKey(statements, path, key);
  for (const log of logs) checkTree(statements, path, log);
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

/** Makes sure that the state is really that log's, by one of its keys of any time. */
function checkTree(statements: Statements, path: string, log: WitnessedLog): void {
  const { size, root, note } = statements.tree.get(log.origin)!;
  if (note === null || isSigned({ size, root }, note, log)) return;
  throw new ConfigError(
    `${path} is damaged: its checkpoint of ${log.origin} is not one that the log signed.`,
  );
}

function isSigned(
  { size, root }: Pick<KnownTree, 'size' | 'root'>,
  note: string,
  { origin, keys, formerKeys }: WitnessedLog,
): boolean {
  try {
    const everKeys = [...keys, ...formerKeys.map(({ key }) => key)];
    const { checkpoint } = openCheckpoint(note, { origin, keys: everKeys });
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
    tree: db.prepare<[string], KnownTree>('SELECT size, root, note FROM logs WHERE origin = ?'),
  };
}
