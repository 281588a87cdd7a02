/** One database file, one process: whatever name it is opened by. Real links, real processes. */
import { spawnSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realDatabasePath } from '#service/database-path.ts';
import { ConfigError } from '#service/errors.ts';
import { type DatabaseOptions, openDatabase } from '#service/sqlite.ts';
import { tempFolder } from '../../support/temp.ts';

const options: DatabaseOptions = {
  kind: 'log',
  applicationId: 7,
  migrations: ['CREATE TABLE t (x)'],
  exclusive: true,
  create: true,
};

/** Opens the file in another process; what it died of. */
function openElsewhere(path: string): string {
  const script = `import { openDatabase } from '#service/sqlite.ts';
    try {
      openDatabase(process.argv[1], ${JSON.stringify(options)}).close();
      process.stdout.write('opened');
    } catch (error) {
      process.stdout.write(error.name + ': ' + error.message);
    }`;
  const args = ['--input-type=module', '-e', script, path];
  return spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout;
}

describe('a database that is open', () => {
  it('is refused to another process by a symbolic link to it, and to its folder', () => {
    const folder = tempFolder();
    const file = join(folder, 'real', 'log.db');
    const { close } = openDatabase(file, options);
    symlinkSync(file, join(folder, 'other.db'));
    symlinkSync(join(folder, 'real'), join(folder, 'elsewhere'));
    for (const name of ['other.db', 'elsewhere/log.db', 'elsewhere/../real/log.db']) {
      expect(openElsewhere(join(folder, name))).toMatch(/^ConfigError: .* is already in use/);
    }
    close();
    expect(openElsewhere(join(folder, 'other.db'))).toBe('opened');
    // Nothing was made beside a link: neither a lock nor a write-ahead log of its own.
    expect(readdirSync(folder).toSorted()).toEqual(['elsewhere', 'other.db', 'real']);
  });

  it('is refused to another process by a hard link to it, as long as it has two names', () => {
    const folder = tempFolder();
    const file = join(folder, 'log.db');
    const { close } = openDatabase(file, options);
    const other = join(folder, 'other.db');
    linkSync(file, other);
    expect(openElsewhere(other)).toMatch(/^ConfigError: .* has 2 names \(hard links\)/);
    close();
    expect(openElsewhere(other)).toMatch(/^ConfigError: .* has 2 names/);
    rmSync(other);
    expect(openElsewhere(file)).toBe('opened');
  });
});

describe('a database path', () => {
  it('is that of the file itself, also before there is one', () => {
    const folder = realpathSync(tempFolder());
    mkdirSync(join(folder, 'data'));
    symlinkSync(join(folder, 'data'), join(folder, 'link'));
    const file = join(folder, 'data', 'new.db');
    expect(realDatabasePath(join(folder, 'link', 'new.db'))).toBe(file);
    writeFileSync(file, '');
    expect(realDatabasePath(join(folder, 'link', 'new.db'))).toBe(file);
    renameSync(join(folder, 'link'), join(folder, 'again'));
    expect(realDatabasePath(join(folder, 'again', 'new.db'))).toBe(file);
  });

  it('that is a link to nothing, a folder or a device is refused', () => {
    const folder = tempFolder();
    symlinkSync(join(folder, 'gone.db'), join(folder, 'dangling.db'));
    for (const path of [join(folder, 'dangling.db'), folder, '/dev/null']) {
      expect(() => realDatabasePath(path)).toThrow(ConfigError);
    }
  });
});
