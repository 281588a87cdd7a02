/** The high-water mark: what it keeps, which files it refuses, and that a copy is known as one. */
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { highWaterPath } from '#log-server/log-files.ts';
import { HighWaterMark } from '#log-server/store/high-water.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { TileBuilder } from '#protocol/merkle/tile-builder.ts';
import { ConfigError } from '#service/errors.ts';
import { durabilityOf } from '#test/support/durability.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { newEntries } from './batches.ts';

const KEY = logKey().verifier.text;
const newPath = () => join(tempFolder(), 'marks', 'log.high-water');
const open = (path: string) => HighWaterMark.open(path, KEY);

function head(size: number) {
  const tree = TileBuilder.empty();
  for (const { leafHash } of newEntries(0, size)) tree.append(leafHash);
  return { size, root: tree.root() };
}

describe('the high-water mark', () => {
  it('stands beside the database itself, whatever link that is opened by', () => {
    const folder = realpathSync(tempFolder());
    const database = join(folder, 'log.db');
    const link = join(tempFolder(), 'link.db');
    writeFileSync(database, 'x');
    symlinkSync(database, link);
    for (const path of [database, link]) {
      const config = { database: path } as Parameters<typeof highWaterPath>[0];
      expect(highWaterPath(config)).toBe(`${database}.high-water`);
    }
  });

  it('is missing at first, and then says what was written last', async () => {
    const path = newPath();
    const mark = await open(path);
    expect([mark.mark, mark.isOriginal]).toEqual([undefined, false]);
    await mark.begin(undefined);
    expect(await open(path)).toMatchObject({ mark: {}, isOriginal: true });
    await mark.raise(head(3));
    expect((await open(path)).mark).toEqual({ signed: head(3) });
    await mark.stop(head(5));
    expect((await open(path)).mark).toEqual({ signed: head(3), stopped: head(5) });
    expect(readdirSync(dirname(path))).toEqual(['log.high-water']);
  });

  it('survives power loss once it is written, and never as half a file', async () => {
    const mark = await open(newPath());
    const writes = [
      () => mark.begin(undefined),
      () => mark.raise(head(3)),
      () => mark.stop(head(3)),
    ];
    for (const write of writes) {
      expect(await durabilityOf(write)).toEqual([
        'sync log.high-water.new',
        'rename log.high-water',
        'sync marks',
      ]);
    }
  });

  it('forgets that the log was stopped as soon as it runs, and not before', async () => {
    const path = newPath();
    const mark = await open(path);
    await mark.raise(head(3));
    await mark.stop(head(3));
    await mark.raise(head(3));
    expect((await open(path)).mark?.stopped).toEqual(head(3));
    await mark.begin(head(3));
    expect((await open(path)).mark).toEqual({ signed: head(3) });
  });

  it('knows a copy of itself, put elsewhere or written over a newer one', async () => {
    const path = newPath();
    const mark = await open(path);
    await mark.raise(head(3));
    await mark.stop(head(3));
    const backup = newPath();
    await open(backup);
    copyFileSync(path, backup);
    expect((await open(backup)).isOriginal).toBe(false);
    for (let size = 4; size < 9; size++) {
      await mark.raise(head(size));
      copyFileSync(backup, path);
      expect(await open(path)).toMatchObject({ mark: { stopped: head(3) }, isOriginal: false });
    }
  });

  it('is the same file under another name', async () => {
    const path = newPath();
    await (await open(path)).begin(head(1));
    renameSync(path, `${path}.moved`);
    expect((await open(`${path}.moved`)).isOriginal).toBe(true);
  });

  it.each([
    ['empty', () => ''],
    ['cut off', (text: string) => text.slice(0, -9)],
    ['too large', (text: string) => text + ' '.repeat(5000)],
    ['of another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['with a size that is none', (text: string) => text.replace('"size":4', '"size":-4')],
    ['with a root that is none', (text: string) => text.replace(/"root":"../, '"root":"')],
    ['with more in it', (text: string) => text.replace('{', '{"more":1,')],
  ])(
    'that is %s is refused, and replaced where the operator trusts the database',
    async (...test) => {
      const path = newPath();
      await (await open(path)).begin(head(4));
      writeFileSync(path, test[1](readFileSync(path, 'utf8')));
      await expect(open(path)).rejects.toBeInstanceOf(ConfigError);
      const replacing = await HighWaterMark.replacing(path, KEY);
      expect(replacing.mark).toBeUndefined();
      await replacing.begin(head(2));
      expect((await open(path)).mark).toEqual({ signed: head(2) });
    },
  );

  it('of another log, or that cannot be written, is refused', async () => {
    const path = newPath();
    await (await open(path)).begin({ size: 0, root: EMPTY_ROOT });
    const other = logKey('log.example/other').verifier.text;
    await expect(HighWaterMark.open(path, other)).rejects.toThrow(
      /is the high-water mark of another log/,
    );
    await expect(open(join(path, 'below'))).rejects.toBeInstanceOf(ConfigError);
  });
});
