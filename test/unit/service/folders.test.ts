/** Folders are made with those above them, and where that cannot be, it is said. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFolder } from '#service/folders.ts';
import { tempFolder } from '#test/support/temp.ts';

it('makes a folder and those above it, and leaves one that exists', () => {
  const path = join(tempFolder(), 'a/b/c');
  createFolder(path);
  createFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

it.each([
  ['below a file', (folder: string) => join(folder, 'file/a')],
  ['where a file is', (folder: string) => join(folder, 'file')],
  ['where no folders can be made', () => '/proc/none/a'],
])('refuses a folder %s', (_, pathIn) => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), '');
  expect(() => createFolder(pathIn(folder))).toThrow(/^Cannot create the folder /);
});
