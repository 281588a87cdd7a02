/** A log read from a folder: the same checks as over HTTP, and nothing from beyond the folder. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { checkLog } from '#client/check-log.ts';
import { entryTypes } from '#protocol/entry/registry.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import { parsePolicy } from '#protocol/policy/policy.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { freshReceipt, logKey } from '#test/support/log.ts';
import { writeLogFolder } from '#test/support/log-folder.ts';
import { MemorySource } from '#test/support/memory-source.ts';
import { tempFolder } from '#test/support/temp.ts';

const key = logKey();
const policy = parsePolicy(`log ${key.verifier.text}\nquorum none\n`);
const types = entryTypes(['tecp-receipt']);
const log = new MemorySource(key)
  .append(...Array.from({ length: 300 }, () => freshReceipt()))
  .sign();
let folder: string;
let source: FolderTileSource;
const at = (path: string): string => join(folder, path);

beforeEach(() => {
  folder = join(tempFolder(), 'log');
  writeLogFolder(folder, log);
  source = new FolderTileSource(folder);
});

async function audit() {
  const report = await checkLog(source, { policy, entryTypes: types });
  return report.problems.map(({ kind, where }) => [kind, where]);
}

describe('a log in a folder', () => {
  it('is audited as one over HTTP is', async () => {
    const report = await checkLog(source, { policy, entryTypes: types });
    expect(report.problems).toEqual([]);
    expect([report.entriesChecked, report.tilesChecked]).toEqual([300, 3]);
  });

  it('may be named by a link', async () => {
    const link = join(tempFolder(), 'link');
    symlinkSync(folder, link);
    source = new FolderTileSource(link);
    expect(await audit()).toEqual([]);
  });

  it('may hold the full tile in place of a partial one', async () => {
    const longer = new MemorySource(key).append(...log.log);
    longer.append(...Array.from({ length: 212 }, () => freshReceipt())).sign();
    rmSync(at('tile'), { recursive: true });
    writeLogFolder(folder, longer);
    rmSync(at('tile/1'), { recursive: true });
    mkdirSync(at('tile/1/000.p'), { recursive: true });
    writeFileSync(at('tile/1/000.p/1'), log.tiles.get('1/0')!);
    writeFileSync(at('checkpoint'), log.note!);
    expect(await audit()).toEqual([]);
  });

  it('lacks a file: that is named, as of a server that does not have it', async () => {
    rmSync(at('tile/entries/001.p/44'));
    expect(await audit()).toEqual([['unavailable', 'tile/entries/001.p/44']]);
    await expect(source.entries(1, 44)).rejects.toMatchObject({ kind: 'status', status: 404 });
    rmSync(at('tile'), { recursive: true });
    writeFileSync(at('tile'), 'a file in place of the folder');
    await expect(source.tile(0, 0, 256)).rejects.toMatchObject({ kind: 'status', status: 404 });
  });

  it('was changed: the file is named', async () => {
    const bytes = readFileSync(at('tile/0/000'));
    bytes[40]! ^= 1;
    writeFileSync(at('tile/0/000'), bytes);
    expect(await audit()).toEqual([['tile', 'tile/0/000']]);
  });
});

describe('nothing is read from outside of the folder', () => {
  const refused = { name: 'RemoteError', kind: 'bad-content' };

  it('by a link in place of a file, though it leads to what would fit', async () => {
    const outside = join(tempFolder(), 'checkpoint');
    renameSync(at('checkpoint'), outside);
    symlinkSync(outside, at('checkpoint'));
    await expect(source.checkpoint()).rejects.toMatchObject(refused);
    expect(await audit()).toEqual([['unavailable', 'checkpoint']]);
  });

  it('by a link in place of a folder', async () => {
    const outside = join(tempFolder(), 'tile');
    cpSync(at('tile'), outside, { recursive: true });
    rmSync(at('tile'), { recursive: true });
    symlinkSync(outside, at('tile'));
    await expect(source.tile(0, 0, 256)).rejects.toMatchObject(refused);
    await expect(source.entries(0, 256)).rejects.toMatchObject(refused);
  });

  it('by what is no regular file: a folder, or a pipe that nobody writes to', async () => {
    rmSync(at('checkpoint'));
    mkdirSync(at('checkpoint'));
    await expect(source.checkpoint()).rejects.toMatchObject(refused);
    rmSync(at('checkpoint'), { recursive: true });
    execFileSync('mkfifo', [at('checkpoint')]);
    await expect(source.checkpoint()).rejects.toMatchObject(refused);
  });

  it('but a second name of a file is a file of the folder', async () => {
    const elsewhere = join(folder, '..', 'second-name');
    linkSync(at('checkpoint'), elsewhere);
    expect(await source.checkpoint()).toBe(log.note);
  });
});

it('a file that is larger than any of its kind is not read', async () => {
  writeFileSync(at('checkpoint'), 'x'.repeat(MAX_NOTE_BYTES + 1));
  writeFileSync(at('tile/0/000'), new Uint8Array(256 * 32 + 1));
  const tooLarge = { name: 'RemoteError', kind: 'too-large' };
  await expect(source.checkpoint()).rejects.toMatchObject(tooLarge);
  await expect(source.tile(0, 0, 256)).rejects.toMatchObject(tooLarge);
});
