/**
 * The schema of the SQLite store: databases of each earlier version are brought up to date whatever
 * interrupts it, later ones are refused, and what must never happen to hashes is refused by the database.
 *
 * Those of earlier versions in old-databases/ were written by the program of their time: 300 entries in
 * two batches, with checkpoints of 100 and 300 leaves signed, published, and from version 2 on anchors.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identityOf } from '#log-server/log-files.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import { openLogDatabase, SqliteReader } from '#log-server/store/sqlite/reader.ts';
import { SQLITE_MIGRATIONS, SQLITE_PAGE_BYTES } from '#log-server/store/sqlite/schema.ts';
import { SqliteWriter } from '#log-server/store/sqlite/writer.ts';
import type { LogReader } from '#log-server/store/store.ts';
import { toHex } from '#protocol/bytes.ts';
import { asLeafHash } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import type { OpenedDatabase } from '#service/sqlite.ts';
import { expectStoreSound } from '#test/support/check.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { batchOf, newEntries, newEntry, signedHead } from './batches.ts';

const identity = identityOf(logKey());
const newPath = () => join(tempFolder(), 'log.db');

function oldDatabase(version: number): string {
  const path = newPath();
  const file = new URL(`old-databases/schema-${version}.db.gz`, import.meta.url);
  writeFileSync(path, gunzipSync(readFileSync(file)));
  return path;
}

async function expectBroughtUpToDate(path: string): Promise<void> {
  const writer = SqliteWriter.open(path, identity);
  try {
    await expectStoreSound(writer);
    expect((await writer.treeHead()).size).toBe(300);
    expect((await writer.lastSigned())?.size).toBe(300);
    expect((await writer.state()).isFrozen).toBe(false);
    const tree = TileBuilder.empty();
    const { grown } = batchOf(tree, newEntries(0, 300));
    expect((await writer.entries(0, 1000)).map(toHex)).toEqual(
      newEntries(0, 300).map(({ bytes }) => toHex(bytes)),
    );
    const again = await writer.append(batchOf(grown, [newEntry('entry 7')]).batch);
    expect([...again]).toEqual([[0, 7]]);
    const more = batchOf(grown, newEntries(300, 600));
    await writer.append(more.batch);
    await expectStoreSound(writer);
    // What it had in its index and what comes later meet there.
    await writer.append(batchOf(more.grown, newEntries(600, 1000)).batch);
    await expectStoreSound(writer);
  } finally {
    await writer.close();
  }
}

describe('a database of schema', () => {
  it.each([1, 2, 3, 4, 5])('%i is brought up to date, and goes on', async (version) => {
    await expectBroughtUpToDate(oldDatabase(version));
  });

  it.each([1, 2, 3, 4, 5])(
    '%i is restored as the copy that it is, and goes on in that of today',
    async (version) => {
      const copy = oldDatabase(version);
      const before = readFileSync(copy);
      const path = newPath();
      const check = (restored: LogReader) => expectStoreSound(restored);
      const options = { onProgress: () => undefined, check };
      await locateStore({ database: path }).restore(identity, copy, options);
      expect(readFileSync(copy).equals(before)).toBe(true);
      await expectBroughtUpToDate(path);
    },
  );

  it('1 or 2 that is killed on the way to the next one is whole, and gets there later', async () => {
    for (const version of [1, 2]) {
      const path = oldDatabase(version);
      const killed: ChildProcess = fork(new URL('killed-migration.ts', import.meta.url), [path]);
      const [, signal] = await once(killed, 'exit');
      expect(signal).toBe('SIGKILL');
      await expectBroughtUpToDate(path);
    }
  });

  it('that only a later program knows is refused by writers and readers, and left as it is', () => {
    const path = newPath();
    const { db, close } = openLogDatabase(path, { exclusive: true, create: true });
    db.pragma(`user_version = ${SQLITE_MIGRATIONS.length + 1}`);
    db.pragma('wal_checkpoint(TRUNCATE)');
    close();
    const before = readFileSync(path);
    for (const open of [
      () => SqliteWriter.open(path, identity),
      () => SqliteWriter.create(path, identity),
      () => SqliteReader.openBesideWriter(path),
      () => SqliteReader.openAlone(path, identity),
    ]) {
      expect(open).toThrow(ConfigError);
      expect(open).toThrow(/written by a newer version/);
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('of today has pages of 8 KiB when it is made', () => {
    const { db, close } = openLogDatabase(newPath(), { exclusive: true, create: true });
    expect(db.pragma('page_size', { simple: true })).toBe(SQLITE_PAGE_BYTES);
    close();
  });
});

describe('the database', () => {
  let path: string;
  let writer: SqliteWriter;
  let tree: TileBuilder;
  let intruder: OpenedDatabase;

  beforeEach(async () => {
    path = newPath();
    writer = SqliteWriter.create(path, identity);
    const { batch, grown } = batchOf(TileBuilder.empty(), newEntries(0, 20));
    await writer.append(batch);
    tree = grown;
    intruder = openLogDatabase(path, { exclusive: false, create: false });
  });
  afterEach(async () => {
    intruder.close();
    await writer.close();
  });

  it('lets strips grow, and refuses to change, move or remove a hash of them', async () => {
    for (const sql of [
      'UPDATE strips SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB)',
      'UPDATE strips SET hashes = substr(hashes, 33)',
      'UPDATE strips SET hashes = substr(hashes, 1, 32) WHERE length(hashes) > 32',
      'UPDATE strips SET idx = idx + 100',
      'UPDATE strips SET level = level + 100',
      'DELETE FROM strips',
      'INSERT INTO strips VALUES (0, 100, zeroblob(31))',
      'INSERT INTO strips VALUES (0, 100, zeroblob(544))',
      'INSERT OR REPLACE INTO strips VALUES (0, 0, zeroblob(32))',
      'REPLACE INTO strips SELECT level, idx, substr(hashes, 1, 32) FROM strips WHERE idx = 0',
    ]) {
      expect(() => intruder.db.exec(sql), sql).toThrow(/only grow|append-only|CHECK/);
    }
    await writer.append(batchOf(tree, newEntries(20, 21)).batch);
    await expectStoreSound(writer);
  });

  it('tells leaves apart that begin alike, and takes each of them once', async () => {
    const twins = [1, 2, 3].map((end) => {
      const hash = new Uint8Array(32).fill(7);
      hash[31] = end;
      return { bytes: hash, leafHash: asLeafHash(hash) };
    });
    const [first, second, third] = twins as [
      (typeof twins)[0],
      (typeof twins)[0],
      (typeof twins)[0],
    ];
    const one = batchOf(tree, [first]);
    await writer.append(one.batch);
    const two = batchOf(one.grown, [newEntry('between'), second]);
    await writer.append(two.batch);
    const asked = twins.map(({ leafHash }) => leafHash);
    expect(await writer.findLeaves(asked)).toEqual([20, 22, undefined]);
    for (const twice of [first, second]) {
      const held = await writer.append(batchOf(two.grown, [third, twice]).batch);
      expect([...held]).toEqual([[1, twice === first ? 20 : 22]]);
    }
    expect(await writer.findLeaves(asked)).toEqual([20, 22, undefined]);
    await writer.append(batchOf(two.grown, [third]).batch);
    expect(await writer.findLeaves(asked)).toEqual([20, 22, 23]);
    // And when all three are in the index.
    const { grown } = batchOf(two.grown, [third]);
    await writer.append(batchOf(grown, newEntries(24, 224)).batch);
    expect(intruder.db.prepare('SELECT indexed FROM log').pluck().get()).toBe(128);
    expect(await writer.findLeaves(asked)).toEqual([20, 22, 23]);
    expect([...(await writer.append(batchOf(tree, [first]).batch))]).toEqual([[0, 20]]);
  });

  it('refuses a leaf that it has, whoever inserts it, and one whose hash it has not seen', async () => {
    await writer.append(batchOf(tree, newEntries(20, 220)).batch);
    const insert = intruder.db.prepare(
      'INSERT INTO leaves (prefix, idx) SELECT prefix, ? FROM leaves WHERE idx = 3',
    );
    for (const index of [3, 220, 999]) expect(() => insert.run(index)).toThrow(/once|UNIQUE/);
  });

  it('lets the index advance only, and not beyond the tree', async () => {
    await writer.append(batchOf(tree, newEntries(20, 200)).batch);
    const at = intruder.db.prepare('SELECT indexed, moved FROM log').get();
    expect(at).toEqual({ indexed: 128, moved: 8 });
    for (const sql of ['indexed = 127', 'moved = 7', 'indexed = 201, moved = 0', 'moved = 73']) {
      expect(() => intruder.db.exec(`UPDATE log SET ${sql}`), sql).toThrow(/only advances|CHECK/);
    }
    await expectStoreSound(writer);
  });

  it('refuses what would change, replace or remove what is signed, published or the log itself', async () => {
    const head = signedHead(tree);
    await writer.recordSigned(head, undefined);
    await writer.recordPublished(head.note, head.size, [head]);
    const before = await Promise.all([writer.lastSigned(), writer.published(), writer.anchor(20)]);
    for (const sql of [
      'INSERT OR REPLACE INTO entries VALUES (3, zeroblob(1))',
      'UPDATE OR REPLACE entries SET idx = 3 WHERE idx = 4',
      "INSERT OR REPLACE INTO signed_checkpoints VALUES (20, zeroblob(32), 'note')",
      "INSERT OR REPLACE INTO anchors VALUES (20, 'note')",
      "INSERT OR REPLACE INTO published VALUES (1, 19, 'note')",
      'UPDATE published SET size = 19',
      'DELETE FROM published',
      'UPDATE log SET size = 19',
      'UPDATE log SET root = CAST(zeroblob(32) AS BLOB)',
      'UPDATE log SET fencing = 0',
      "UPDATE log SET origin = 'other'",
      "UPDATE log SET verifier_key = 'other'",
    ]) {
      expect(() => intruder.db.exec(sql), sql).toThrow(/append-only|only grows|larger one|removed/);
    }
    const after = await Promise.all([writer.lastSigned(), writer.published(), writer.anchor(20)]);
    expect(after).toEqual(before);
    await expectStoreSound(writer);
  });

  const GROWING = [
    'UPDATE log SET size = size + 1',
    'INSERT INTO entries VALUES (20, zeroblob(1))',
    'INSERT INTO strips VALUES (0, 2, zeroblob(32))',
    'UPDATE strips SET hashes = CAST(hashes || zeroblob(32) AS BLOB) WHERE level = 0 AND idx = 1',
    'DELETE FROM log',
    'INSERT OR REPLACE INTO log SELECT id, origin, verifier_key, 0, root, 0, 0, 0, 0, NULL, NULL FROM log',
  ];

  it('lets no frozen log grow, nor thaw, whoever has it open', async () => {
    await writer.freeze();
    for (const sql of [...GROWING, 'UPDATE log SET frozen = 0']) {
      expect(() => intruder.db.exec(sql), sql).toThrow(/ended|a log already|not removed/);
    }
    await expectStoreSound(writer);
  });

  it('lets nothing be signed where the log has moved away, nor be undone', async () => {
    await writer.moveTo('elsewhere');
    for (const sql of [
      ...GROWING,
      'UPDATE log SET moved_to = NULL',
      "UPDATE log SET moved_to = 'nowhere'",
      "INSERT INTO signed_checkpoints VALUES (20, zeroblob(32), 'note')",
      "INSERT INTO anchors VALUES (20, 'note')",
      "INSERT INTO published VALUES (1, 20, 'note')",
    ]) {
      expect(() => intruder.db.exec(sql), sql).toThrow(/ended|moved|a log already|not removed/);
    }
    await expectStoreSound(writer);
  });
});
