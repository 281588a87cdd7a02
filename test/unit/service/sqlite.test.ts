import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { MONITOR_MIGRATIONS } from '#monitor/store/schema.ts';
import { MonitorState } from '#monitor/store/state.ts';
import { DatabaseLock } from '#service/database-lock.ts';
import { ConfigError } from '#service/errors.ts';
import { openDatabase, storageFailureOf } from '#service/sqlite.ts';
import { openWitnessDatabase, WITNESS_MIGRATIONS } from '#witness/schema.ts';
import { tempFile, tempFolder } from '../../support/temp.ts';

const first = 'CREATE TABLE entry (id INTEGER PRIMARY KEY) STRICT';
const options = {
  kind: 'log',
  applicationId: 0x7ec9,
  migrations: [first],
  exclusive: true,
  create: true,
};
const path = (): string => join(tempFolder(), 'data', 'log.db');

describe('a database', () => {
  it('does not make a missing or an emptied file anew unless told to', () => {
    const file = join(tempFolder(), 'lost.db');
    expect(() => openDatabase(file, { ...options, create: false })).toThrow(/missing or empty/);
    writeFileSync(file, '');
    expect(() => openDatabase(file, { ...options, create: false })).toThrow(/missing or empty/);
    openDatabase(file, options).close();
    openDatabase(file, { ...options, create: false }).close();
  });

  it('is created with its folder, and is durable, checked and marked', () => {
    const { db, close } = openDatabase(path(), options);
    const pragma = (name: string): unknown => db.pragma(name, { simple: true });
    expect(pragma('journal_mode')).toBe('wal');
    expect(pragma('synchronous')).toBe(2);
    expect(pragma('foreign_keys')).toBe(1);
    expect(pragma('application_id')).toBe(0x7ec9);
    expect(pragma('user_version')).toBe(1);
    close();
  });

  it('keeps its data and takes only the migrations that are new', () => {
    const file = path();
    const opened = openDatabase(file, options);
    opened.db.exec('INSERT INTO entry VALUES (5)');
    opened.close();
    const second = 'ALTER TABLE entry ADD COLUMN name TEXT';
    const again = openDatabase(file, { ...options, migrations: [first, second] });
    expect(again.db.prepare('SELECT * FROM entry').all()).toEqual([{ id: 5, name: null }]);
    again.close();
  });

  it('stays at the version before when a migration fails', () => {
    const file = path();
    openDatabase(file, options).close();
    const broken = 'CREATE TABLE other (x); INSERT INTO nowhere VALUES (1)';
    expect(() => openDatabase(file, { ...options, migrations: [first, broken] })).toThrow(
      /nowhere/,
    );
    const { db, close } = openDatabase(file, options);
    expect(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'other'").get()).toBeUndefined();
    close();
  });

  it('of a newer version of a witness or a monitor is refused, and left as it is', () => {
    const open: readonly [(file: string) => { close(): void }, number][] = [
      [(file) => openWitnessDatabase(file, { create: true }), WITNESS_MIGRATIONS.length],
      [(file) => MonitorState.open(file), MONITOR_MIGRATIONS.length],
    ];
    for (const [openIt, version] of open) {
      const file = path();
      openIt(file).close();
      const db = new Database(file);
      db.pragma(`user_version = ${version + 1}`);
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      const before = readFileSync(file);
      expect(() => openIt(file)).toThrow(ConfigError);
      expect(() => openIt(file)).toThrow(/written by a newer version/);
      expect(readFileSync(file).equals(before)).toBe(true);
    }
  });

  it('of a newer version is refused', () => {
    const file = path();
    openDatabase(file, { ...options, migrations: [first, 'SELECT 1'] }).close();
    expect(() => openDatabase(file, options)).toThrow(ConfigError);
    expect(() => openDatabase(file, options)).toThrow(/newer version .*schema 2, this one knows 1/);
  });

  it('of another program is refused and left as it was', () => {
    const file = join(tempFolder(), 'other.db');
    const foreign = new Database(file);
    foreign.exec('CREATE TABLE theirs (x)');
    foreign.close();
    const before = readFileSync(file);
    expect(() => openDatabase(file, options)).toThrow(
      new ConfigError(`${file} is not a log database; choose another file.`),
    );
    expect(readFileSync(file)).toEqual(before);
    const witness = path();
    openDatabase(witness, { ...options, kind: 'witness', applicationId: 9 }).close();
    expect(() => openDatabase(witness, options)).toThrow(/not a log database/);
  });

  it('that is no database at all is refused', () => {
    const file = tempFile('log.db', 'x'.repeat(4096));
    expect(() => openDatabase(file, options)).toThrow(/is not a database, or it is damaged/);
  });

  it('in a place that is no folder is refused in one sentence', () => {
    const file = join(tempFile('plain', ''), 'log.db');
    expect(() => openDatabase(file, options)).toThrow(/^Cannot create the folder .*\.$/);
    expect(() => openDatabase(tempFolder(), { ...options, exclusive: false })).toThrow(
      /^Cannot open the database .*\.$/,
    );
  });

  it('has one owner: a second one is refused until the first has closed', () => {
    const file = path();
    const { close } = openDatabase(file, options);
    expect(() => openDatabase(file, options)).toThrow(/already in use by another process/);
    const reader = openDatabase(file, { ...options, exclusive: false });
    reader.close();
    close();
    openDatabase(file, options).close();
  });

  it('is free again for the next owner when opening it has failed', () => {
    const file = tempFile('log.db', 'x'.repeat(4096));
    expect(() => openDatabase(file, options)).toThrow(/damaged/);
    writeFileSync(file, '');
    openDatabase(file, options).close();
  });
});

describe('the lock', () => {
  it('is held against another process and ends with kill -9', async () => {
    const file = join(tempFolder(), 'log.db');
    const script = `import { DatabaseLock } from '#service/database-lock.ts';
      DatabaseLock.acquire(process.argv[1]);
      process.stdout.write('held');
      setInterval(() => {}, 1000);`;
    const args = ['--input-type=module', '-e', script, file];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(owner.stdout, 'data');
    expect(() => DatabaseLock.acquire(file)).toThrow(ConfigError);
    expect(() => execFileSync(process.execPath, args, { stdio: 'pipe', timeout: 240_000 })).toThrow(
      /already in use/,
    );
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    DatabaseLock.acquire(file).release();
  });

  it('can be released twice', () => {
    const lock = DatabaseLock.acquire(join(tempFolder(), 'log.db'));
    lock.release();
    lock.release();
  });

  it('makes the folder it needs, and says in one sentence when it cannot', () => {
    DatabaseLock.acquire(path()).release();
    const blocked = join(tempFile('plain', ''), 'log.db');
    expect(() => DatabaseLock.acquire(blocked)).toThrow(/^Cannot create the folder .*\.$/);
  });
});

describe('a storage error', () => {
  it('passes when the disk is full', () => {
    const { db, close } = openDatabase(path(), options);
    db.pragma('max_page_count = 3');
    const insert = db.prepare('INSERT INTO entry VALUES (?)');
    let caught: unknown;
    try {
      for (let i = 0; i < 10_000; i++) insert.run(i);
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'SQLITE_FULL' });
    expect(storageFailureOf(caught)).toBe('passing');
    close();
  });

  it('is not fatal when only the statement was wrong', () => {
    const { db, close } = openDatabase(path(), options);
    db.exec('INSERT INTO entry VALUES (1)');
    try {
      db.exec('INSERT INTO entry VALUES (1)');
      expect.unreachable();
    } catch (error) {
      expect(storageFailureOf(error)).toBeUndefined();
    }
    expect(storageFailureOf(new Error('other'))).toBeUndefined();
    close();
  });

  it.each(['SQLITE_IOERR_FSYNC', 'SQLITE_READONLY', 'SQLITE_CORRUPT_VTAB'])(
    '%s is fatal',
    (code) => {
      expect(storageFailureOf(Object.assign(new Error('x'), { code }))).toBe('fatal');
    },
  );
});
