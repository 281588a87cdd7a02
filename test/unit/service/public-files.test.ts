/** Public files in a folder, and what is particular to it. */
import { readdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ConfigError, PassingError } from '#service/errors.ts';
import { FolderFiles } from '#service/public-files/folder-files.ts';
import { MAX_FILE_BYTES, PublicFilesError } from '#service/public-files/public-files.ts';
import { durabilityOf } from '#test/support/durability.ts';
import { tempFolder } from '#test/support/temp.ts';
import { describePublicFiles } from './public-files-suite.ts';

describePublicFiles('a folder', () => {
  const folder = join(tempFolder(), 'mirror');
  return {
    open: () => FolderFiles.open(folder),
    // A file stands in its place then.
    breakDown() {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
    },
    mend() {
      renameSync(folder, `${folder}.broken`);
      renameSync(`${folder}.away`, folder);
    },
  };
});

function newFolder() {
  const folder = tempFolder();
  const files = FolderFiles.open(folder);
  onTestFinished(() => files.close());
  return { folder, files };
}

it('a folder has one writer at a time', () => {
  const { folder, files } = newFolder();
  expect(() => FolderFiles.open(folder)).toThrow(ConfigError);
  files.close();
  FolderFiles.open(folder).close();
});

it('a file in a folder survives power loss, and so do the names of all folders above it', async () => {
  const { folder, files } = newFolder();
  const top = folder.split('/').at(-1);
  const steps = await durabilityOf(() => files.put('tile/0/000', Uint8Array.of(1)));
  expect(steps.filter((step) => !step.includes('.aside'))).toEqual([
    'sync tile',
    `sync ${top}`,
    'rename 000',
    'sync 0',
  ]);
  expect(steps.indexOf('rename 000')).toBe(steps.findIndex((step) => step.includes('.aside')) + 1);
  // It may be there from before a crash that came between its name and the sync of that.
  expect(await durabilityOf(() => files.put('tile/0/000', Uint8Array.of(1)))).toEqual(['sync 0']);
  await files.replaceCheckpoint('note', undefined);
  const left = readdirSync(folder).filter((name) => !name.startsWith('.export.lock'));
  expect(left.toSorted()).toEqual(['checkpoint', 'tile']);
});

it('a file that is larger than any of a log is not read', async () => {
  const { folder, files } = newFolder();
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), MAX_FILE_BYTES + 1);
  await expect(files.read('large')).rejects.toMatchObject({ kind: 'refused' });
  await expect(files.put('large', Uint8Array.of(1))).rejects.toMatchObject({ kind: 'refused' });
});

it('an operator is told what may pass by itself, and what has to be mended', () => {
  const of = (kind: PublicFilesError['kind']) => new PublicFilesError(kind, 'Why.').forOperator();
  for (const kind of ['unavailable', 'conflict'] as const) {
    expect(of(kind)).toBeInstanceOf(PassingError);
  }
  for (const kind of ['refused', 'different'] as const) {
    expect(of(kind)).toBeInstanceOf(ConfigError);
  }
});
