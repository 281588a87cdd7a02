/** Stores for tests that want a real one, whichever it is. */
import { join } from 'node:path';
import { identityOf } from '#log-server/log-files.ts';
import { SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { tempFolder } from './temp.ts';

/** The writer of a fresh store, in this thread. */
export function createTestWriter(key: SignerKey): SqliteWriter {
  return SqliteWriter.create(join(tempFolder(), 'log.db'), identityOf(key));
}

/** Reads the database of a log, also while that runs. */
export function openTestReader(path: string): SqliteReader {
  return SqliteReader.openBesideWriter(path);
}
