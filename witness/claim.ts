/**
 * What a database remembers of each log really is that log's: what would make a witness go on from what
 * a log never signed is refused at the start.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openCheckpoint } from '#protocol/note/checkpoint.ts';
import { ConfigError } from '#service/errors.ts';
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { WitnessedLog } from './logs/witnessed-log.ts';

interface KnownTree {
  size: number;
  root: Uint8Array;
  note: string | null;
}

/** Throws `ConfigError` if the database holds a checkpoint that its log did not sign. */
export function checkTrees(db: SqliteDatabase, path: string, logs: readonly WitnessedLog[]): void {
  const statements = prepare(db);
  for (const log of logs) checkTree(statements, path, log);
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
    tree: db.prepare<[string], KnownTree>('SELECT size, root, note FROM logs WHERE origin = ?'),
  };
}
