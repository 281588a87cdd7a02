/** The SQLite store: the contract, its lease, its append-only tables, and a full disk. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { Batcher } from '#log-server/sequencing/batcher.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { SequencedWriter } from '#log-server/store/sequenced-writer.ts';
import { Sequencer } from '#log-server/store/sequencer.ts';
import { openLogDatabase, SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import { type NewEntry, StoreError, type StoreLocation } from '#log-server/store/store.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import type { OpenedDatabase, SqliteDatabase } from '#service/sqlite.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { FaultyStore } from '#test/support/faulty-store.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { batchOf, newEntries, newEntry, signedHead } from './batches.ts';
import { describeStore } from './store-suite.ts';
import { describeWriter } from './writer-suite.ts';

const key = logKey();
const identity = { origin: key.verifier.name, verifierKey: key.verifier.text };
const newPath = () => join(tempFolder(), 'log.db');

/** A second connection to a database, as only a test or an intruder has one. */
function intruder<T>(path: string, work: (db: SqliteDatabase) => T): T {
  const { db, close } = openLogDatabase(path, { exclusive: false, create: false });
  try {
    return work(db);
  } finally {
    close();
  }
}

async function openSqlite() {
  const path = newPath();
  return {
    writer: SqliteWriter.create(path, identity),
    reopen: async () => SqliteWriter.open(path, identity),
    stealLease: async () => stealLease(path),
  };
}

function stealLease(path: string): void {
  intruder(path, (db) => db.exec('UPDATE log SET fencing = fencing + 1'));
}

/** What SQLite says of a full disk it says of a table that has given its last row number, too. */
const FULL_TABLE = `
  CREATE TABLE used_up (id INTEGER PRIMARY KEY AUTOINCREMENT);
  INSERT INTO used_up VALUES (9223372036854775807);`;
const WRITTEN = ['entries', 'signed_checkpoints', 'published'];

function fill(path: string): void {
  const triggers = WRITTEN.map(
    (table) => `CREATE TRIGGER ${table}_full AFTER INSERT ON ${table}
      BEGIN INSERT INTO used_up VALUES (NULL); END;`,
  );
  intruder(path, (db) => db.exec(FULL_TABLE + triggers.join('')));
}

function makeRoom(path: string): void {
  const drops = WRITTEN.map((table) => `DROP TRIGGER ${table}_full;`);
  intruder(path, (db) => db.exec(`${drops.join('')} DROP TABLE used_up;`));
}

const faults = (path: string) => ({
  stealLease: async () => stealLease(path),
  fill: async () => fill(path),
  makeRoom: async () => makeRoom(path),
});

describeStore('SQLite, its writer in a thread,', () => {
  const path = newPath();
  const located = locateStore({ database: path });
  let worker: Worker | undefined;
  const location: StoreLocation = {
    name: located.name,
    defaultMarkPath: () => located.defaultMarkPath(),
    exists: () => located.exists(),
    create: (whose) => located.create(whose),
    openReader: (whose) => located.openReader(whose),
    backUp: (...call) => located.backUp(...call),
    restore: (...call) => located.restore(...call),
    settle: (whose) => located.settle(whose),
    open: (whose, onLost) => {
      process.once('worker', (started) => {
        worker = started;
      });
      return located.open(whose, onLost);
    },
  };
  return { location, ...faults(path), kill: async () => void (await worker!.terminate()) };
});

/** As a store over a network would be: no thread, and the sequencer beside the writer. */
describeStore('a store whose writer needs no thread', () => {
  const path = newPath();
  const located = locateStore({ database: path });
  let kill: () => Promise<void> = async () => undefined;
  const location: StoreLocation = {
    name: located.name,
    defaultMarkPath: () => located.defaultMarkPath(),
    exists: () => located.exists(),
    create: (whose) => located.create(whose),
    openReader: (whose) => located.openReader(whose),
    backUp: (...call) => located.backUp(...call),
    restore: (...call) => located.restore(...call),
    settle: (whose) => located.settle(whose),
    open: async (whose, onLost) => {
      const sqlite = SqliteWriter.open(path, whose);
      const writer = await SequencedWriter.open(new FaultyStore(sqlite));
      const reader = SqliteReader.openBesideWriter(path);
      kill = async () => {
        await sqlite.close();
        onLost(new StoreError('failed', 'killed'));
      };
      const close = async () => {
        await reader.close();
        await writer.close();
      };
      return { reader, writer, close };
    },
  };
  return { location, ...faults(path), kill: () => kill() };
});

describeWriter('SQLite', openSqlite);
describeWriter('the store that injects faults, while it injects none,', async () => {
  const { writer, ...rest } = await openSqlite();
  return { writer: new FaultyStore(writer), ...rest };
});

describe('the SQLite store', () => {
  const open: SqliteReader[] = [];
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  const kept = <T extends SqliteReader>(store: T): T => {
    open.push(store);
    return store;
  };

  it('refuses a second writer while the first has it, and lets one in after', async () => {
    const path = newPath();
    const first = SqliteWriter.create(path, identity);
    expect(() => SqliteWriter.open(path, identity)).toThrow(ConfigError);
    await first.close();
    kept(SqliteWriter.open(path, identity));
  });

  it('raises the fencing number at each opening, so that an old writer can never write', async () => {
    const path = newPath();
    const fencing = () =>
      intruder(path, (db) => db.prepare('SELECT fencing FROM log').pluck().get());
    for (const expected of [1, 2, 3]) {
      const writer = SqliteWriter.create(path, identity);
      expect(fencing()).toBe(expected);
      await writer.close();
    }
  });

  it('belongs to one origin and one key for ever', async () => {
    const path = newPath();
    await SqliteWriter.create(path, identity).close();
    for (const other of [
      { ...identity, origin: 'log.example/other' },
      { ...identity, verifierKey: logKey(identity.origin, 2).verifier.text },
    ]) {
      expect(() => SqliteWriter.open(path, other)).toThrow(/holds the log "log.example\/test"/);
    }
    kept(SqliteWriter.open(path, identity));
  });

  it('shows each write to a reader beside it, at once', async () => {
    const path = newPath();
    const writer = kept(SqliteWriter.create(path, identity));
    const reader = kept(SqliteReader.openBesideWriter(path));
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 3));
    await writer.append(batch);
    await writer.recordSigned(signedHead(grown), undefined);
    expect((await reader.treeHead()).size).toBe(3);
    expect((await reader.lastSigned())?.size).toBe(3);
    await expectStoreSound(reader);
  });

  it.each(['entries', 'leaves', 'signed_checkpoints', 'anchors'])(
    'refuses to change or remove rows of %s, whoever asks',
    async (table) => {
      const path = newPath();
      const writer = kept(SqliteWriter.create(path, identity));
      // So many that leaves are in the index.
      const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 200));
      await writer.append(batch);
      await writer.recordSigned(signedHead(grown), undefined);
      await writer.recordPublished('note', 3, [{ size: 3, note: 'note' }]);
      const column = {
        entries: 'bytes',
        leaves: 'idx',
        signed_checkpoints: 'note',
        anchors: 'note',
      }[table];
      intruder(path, (db) => {
        expect(() => db.exec(`DELETE FROM ${table}`)).toThrow(/append-only/);
        expect(() => db.exec(`UPDATE ${table} SET ${column} = ${column}`)).toThrow(/append-only/);
      });
      await expectStoreSound(writer);
    },
  );

  it('rejects with StoreError("failed") when SQLite fails', async () => {
    const path = newPath();
    const writer = SqliteWriter.create(path, identity);
    await writer.close();
    const failed = { name: 'StoreError', kind: 'failed' };
    await expect(writer.treeHead()).rejects.toMatchObject(failed);
    const { batch } = batchOf(TileBuilder.empty(), newEntries(0, 1));
    await expect(writer.append(batch)).rejects.toMatchObject(failed);
  });

  it('is whole in a copy made while it is written to', async () => {
    const path = newPath();
    const writer = kept(SqliteWriter.create(path, identity));
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 300));
    await writer.append(batch);
    await writer.append(batchOf(grown, newEntries(300, 301)).batch);
    const copy = newPath();
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, copy + suffix);
    const restored = kept(SqliteWriter.open(copy, identity));
    expect((await restored.treeHead()).size).toBe(301);
    await expectStoreSound(restored);
  });
});

describe('a full disk', () => {
  /** Lets the database grow by `pages` more, as a disk with so much room would. */
  function limitRoom(writer: SqliteWriter, pages: number | undefined): void {
    const { db } = (writer as unknown as { database: OpenedDatabase }).database;
    const used = Number(db.pragma('page_count', { simple: true }));
    db.pragma(`max_page_count = ${pages === undefined ? 1 << 30 : used + pages}`);
  }

  it('refuses what has no room, loses nothing, and goes on when there is room again', async () => {
    const writer = SqliteWriter.create(newPath(), identity);
    const sequencer = new Sequencer(writer);
    const batcher = new Batcher({
      sequence: (entries) => sequencer.sequence(entries),
      maxBatchEntries: 10,
      maxBatchBytes: 1 << 20,
      maxQueuedEntries: 1000,
      maxQueuedBytes: 1 << 24,
      onBatch: () => undefined,
    });
    const takeOne = async (entry: NewEntry) => (await batcher.take([entry]))[0]!;
    limitRoom(writer, 40);
    const entries = Array.from({ length: 200 }, (_, i) => newEntry(`${i} ${'x'.repeat(3000)}`));
    const outcomes = await Promise.allSettled(entries.map((entry) => takeOne(entry)));
    const answered = outcomes.flatMap((outcome, i) =>
      outcome.status === 'fulfilled' ? [{ entry: entries[i]!, index: outcome.value.index }] : [],
    );
    const refused = outcomes.flatMap((o) => (o.status === 'rejected' ? [o.reason] : []));
    expect(answered.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const reason of refused) expect(reason).toMatchObject({ kind: 'full' });
    await expectStoreSound(writer);
    expect((await writer.treeHead()).size).toBe(answered.length);

    limitRoom(writer, undefined);
    const again = await Promise.all(entries.map((entry) => takeOne(entry)));
    for (const { entry, index } of answered) {
      expect(again[entries.indexOf(entry)]).toEqual({ index, duplicate: true });
    }
    expect((await writer.treeHead()).size).toBe(200);
    await expectStoreSound(writer);
    await writer.close();
  });
});
