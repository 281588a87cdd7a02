/** Copies of a database are of one moment, end although it is written meanwhile, and appear whole. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { copyDatabase, writeCopy } from '#service/database-copy.ts';
import { ConfigError } from '#service/errors.ts';
import { durabilityOf } from '#test/support/durability.ts';
import { memoryFolder } from '#test/support/temp.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = memoryFolder();
  path = join(folder, 'copy.db');
});

/** A database of a few thousand pages, and one row more with each call of `write`. */
function writtenDatabase() {
  const file = join(memoryFolder(), 'log.db');
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE rows (bytes BLOB)');
  const insert = db.prepare('INSERT INTO rows VALUES (zeroblob(4000))');
  db.transaction(() => {
    for (let i = 0; i < 5000; i++) insert.run();
  })();
  return { file, write: () => void insert.run(), close: () => void db.close() };
}

it('is as the database was when it began, though each step is followed by a write', async () => {
  const { file, write, close } = writtenDatabase();
  const source = new Database(file, { readonly: true });
  let steps = 0;
  await copyDatabase(source, path, () => {
    // Whatever began again after each write would do so as often as there are writes.
    if (++steps <= 100) write();
  });
  source.close();
  close();
  expect(steps).toBeGreaterThan(3);
  expect(steps).toBeLessThan(20);
  const copy = new Database(path, { readonly: true });
  expect(copy.prepare('SELECT count(*) FROM rows').pluck().get()).toBe(5000);
  copy.close();
  expect(readdirSync(folder)).toEqual(['copy.db']);
});

describe('a copy', () => {
  const writing = (text: string) => async (aside: string) => writeFileSync(aside, text);

  it('is on the disk before it has its name, and the name is, too', async () => {
    const work = () => writeCopy(path, { replace: true }, writing('whole'));
    expect(await durabilityOf(work)).toEqual([
      expect.stringMatching(/^sync copy\.db\.\d+-[0-9a-f]{8}\.new$/),
      'rename copy.db',
      expect.stringMatching(/^sync /),
    ]);
    expect(readFileSync(path, 'utf8')).toBe('whole');
  });

  it('takes no name that is taken, also if that happens while it is written', async () => {
    const late = writeCopy(path, { replace: false }, async (aside) => {
      writeFileSync(aside, 'late');
      writeFileSync(path, 'first');
    });
    await expect(late).rejects.toBeInstanceOf(ConfigError);
    const again = writeCopy(path, { replace: false }, writing('again'));
    await expect(again).rejects.toThrow(/exists already/);
    expect(readFileSync(path, 'utf8')).toBe('first');
    expect(readdirSync(folder)).toEqual(['copy.db']);
  });

  it('removes what processes left that are gone, and nothing of those that live', async () => {
    const gone = [`copy.db.${2 ** 22 + 1}-0123abcd.new`, `copy.db.${2 ** 22 + 1}-0123abcd.new-wal`];
    const kept = [`copy.db.${process.ppid}-0123abcd.new`, 'copy.db.new', 'copy.db.1.new', 'other'];
    for (const name of [...gone, ...kept]) writeFileSync(join(folder, name), '');
    await writeCopy(path, { replace: false }, writing('whole'));
    expect(readdirSync(folder).toSorted()).toEqual([...kept, 'copy.db'].toSorted());
  });

  it('is refused in one sentence where it cannot be written', async () => {
    const missing = join(folder, 'no/such/copy.db');
    await expect(writeCopy(missing, { replace: false }, writing(''))).rejects.toThrow(
      /Cannot write/,
    );
    mkdirSync(join(folder, 'taken'));
    const onFolder = writeCopy(join(folder, 'taken'), { replace: true }, writing(''));
    await expect(onFolder).rejects.toBeInstanceOf(ConfigError);
    expect(existsSync(dirname(missing))).toBe(false);
  });
});
