/** A mirror keeps what it has verified, whatever its log shows: in a folder, and in a database. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { MirrorCopy } from '#log-server/mirror/copy.ts';
import { FilesCopy } from '#log-server/mirror/files-copy.ts';
import { Mirror } from '#log-server/mirror/mirror.ts';
import { StoreCopy } from '#log-server/mirror/store-copy.ts';
import { SqliteLocation } from '#log-server/store/sqlite/location.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { FolderFiles } from '#service/public-files/folder-files.ts';
import { memoryFolder } from '#test/support/temp.ts';
import {
  logKey,
  WitnessedSource as Source,
  witnessedPolicy,
} from '#test/support/witnessed-source.ts';
import { describeMirrorCopy } from './mirror-copy-suite.ts';

const throwError = (error: Error) => {
  throw error;
};

describeMirrorCopy('a folder', () => {
  const folder = join(memoryFolder(), 'mirror');
  return {
    open: () => FilesCopy.open(FolderFiles.open(folder)),
    readEvidence: (path) => readFileSync(path),
  };
});

describeMirrorCopy('a database', () => {
  const path = join(memoryFolder(), 'log.db');
  const options = { key: logKey.verifier, evidencePath: path, onLost: throwError };
  return {
    open: () => StoreCopy.open(new SqliteLocation(path), options),
    readEvidence: (place) => readFileSync(place),
  };
});

async function openFolder(folder: string): Promise<FilesCopy> {
  const files = FolderFiles.open(folder);
  return await FilesCopy.open(files).catch((error: unknown) => {
    files.close();
    throw error;
  });
}

async function mirrored(copy: MirrorCopy, source: Source) {
  onTestFinished(() => copy.close());
  return await new Mirror({ copy, policy: witnessedPolicy }).round(source);
}

it('a log that holds an entry twice is mirrored into a folder, and no database takes it', async () => {
  const source = new Source().growTo(300);
  source.append(encodeUtf8('entry 7')).publish();
  const path = join(memoryFolder(), 'log.db');
  const options = { key: logKey.verifier, evidencePath: path, onLost: throwError };
  const copy = await StoreCopy.open(new SqliteLocation(path), options);
  await expect(mirrored(copy, source)).rejects.toMatchObject({ kind: 'duplicate' });
  expect(copy.shown).toBeUndefined();
  expect(await mirrored(await openFolder(memoryFolder()), source)).toMatchObject({ to: 301 });
});

it('a folder that has lost or changed what it shows last is not served', async () => {
  const folder = memoryFolder();
  const copy = await openFolder(folder);
  await new Mirror({ copy, policy: witnessedPolicy }).round(new Source().growTo(300));
  await copy.close();
  const tile = join(folder, 'tile/0/001.p/44');
  writeFileSync(tile, new Uint8Array(44 * 32));
  await expect(openFolder(folder)).rejects.toMatchObject({ kind: 'damaged' });
  rmSync(tile);
  await expect(openFolder(folder)).rejects.toMatchObject({ kind: 'damaged' });
});

it('a file that a folder held before, and that is not of the log, is neither shown nor replaced', async () => {
  const folder = memoryFolder();
  const files = FolderFiles.open(folder);
  await files.put('tile/entries/000', encodeUtf8('another'));
  files.close();
  const copy = await openFolder(folder);
  const source = new Source().growTo(300);
  await expect(mirrored(copy, source)).rejects.toMatchObject({ kind: 'different' });
  expect(copy.shown).toBeUndefined();
});

it('of two mirrors in one place each goes on from what the other one shows', async () => {
  const files = FolderFiles.open(memoryFolder());
  onTestFinished(() => files.close());
  // As in a bucket, which has no lock.
  const [one, two] = [await FilesCopy.open(files), await FilesCopy.open(files)];
  const mirrors = [one, two].map((copy) => new Mirror({ copy, policy: witnessedPolicy }));
  const source = new Source();
  const other = new Source();
  for (const size of [700, 1500, 1600, 3000]) {
    const [first, late] = mirrors;
    await first!.round(source.growTo(size));
    // It knows nothing of that yet, and has seen a larger tree.
    const tried: unknown = await late!.round(other.growTo(size + 100)).catch((error) => error);
    expect(tried).toMatchObject({ name: 'PublicFilesError', kind: 'conflict' });
    await late!.round(other);
    expect(await files.checkpoint()).toMatchObject({ note: other.note });
    mirrors.reverse();
  }
});
