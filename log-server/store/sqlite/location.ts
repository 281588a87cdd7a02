/**
 * A log's store in one SQLite file: the writer in a thread of its own, the reader on a second
 * connection in this one, which in WAL mode never waits for the writer.
 */
import { realDatabasePath } from '#service/database-path.ts';
import { databaseExists } from '#service/sqlite.ts';
import type {
  BackUpOptions,
  LogIdentity,
  LogStore,
  OpenReader,
  RestoreOptions,
  StoreLocation,
} from '../store.ts';
import { WriterClient } from './client.ts';
import { backUpDatabase, restoreDatabase, settleDatabase } from './copies.ts';
import { SqliteReader } from './reader.ts';
import { SqliteWriter } from './writer.ts';

export class SqliteLocation implements StoreLocation {
  /** The path of the file. */
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  defaultMarkPath(): string {
    return `${realDatabasePath(this.name)}.high-water`;
  }

  async exists(): Promise<boolean> {
    return databaseExists(this.name);
  }

  async create(identity: LogIdentity): Promise<void> {
    await SqliteWriter.create(this.name, identity).close();
  }

  async open(identity: LogIdentity, onLost: (error: Error) => void): Promise<LogStore> {
    const writer = await WriterClient.open({ path: this.name, identity }, onLost);
    try {
      const reader = SqliteReader.openBesideWriter(this.name);
      const close = async () => {
        await reader.close();
        await writer.close();
      };
      return { reader, writer, close };
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  async openReader(identity: LogIdentity): Promise<OpenReader> {
    return SqliteReader.openAlone(this.name, identity);
  }

  async backUp(identity: LogIdentity, file: string, options: BackUpOptions): Promise<void> {
    await backUpDatabase(this.name, identity, file, options);
  }

  async restore(identity: LogIdentity, file: string, options: RestoreOptions): Promise<void> {
    await restoreDatabase(this.name, identity, file, options);
  }

  async settle(identity: LogIdentity): Promise<void> {
    settleDatabase(this.name, identity);
  }
}
