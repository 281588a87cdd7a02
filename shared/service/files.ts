/**
 * Files that survive power loss: written whole or not at all, and their names with them.
 *
 * The one place where files are put in place. A file is synced before it is renamed, and its folder
 * after that. Errors are those of the file system; whoever asked makes a sentence of them.
 */
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './folders.ts';

export interface CreateOptions {
  readonly mode: number;
  /** Wait until it would survive power loss. */
  readonly durable: boolean;
}

export interface ReplaceOptions extends CreateOptions {
  /** Where the file is written before it is renamed, in the same folder. */
  readonly aside: string;
}

/** Replaces or creates a file at once. `contentOf` is given the file that is about to be. */
export async function replaceFile(
  path: string,
  contentOf: (file: FileHandle) => Promise<string | Uint8Array>,
  { aside, mode, durable }: ReplaceOptions,
): Promise<void> {
  try {
    const file = await open(aside, 'w', mode);
    try {
      await file.writeFile(await contentOf(file));
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    if (durable) await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined); // what failed first is told
    throw error;
  }
}

/**
 * Creates a file that must not exist, whole or not at all; `durable` makes it survive power loss. Throws
 * EEXIST if there is one.
 */
export function createFileSync(
  path: string,
  content: string | Uint8Array,
  { mode, durable }: CreateOptions,
): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, content);
    if (durable) fsyncSync(file);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  if (durable) syncFolderSync(dirname(path));
}

/**
 * Gives a whole file its name, and makes both survive power loss. Throws EEXIST if the name is taken,
 * unless that file is to be replaced: a link never replaces, as a rename does.
 */
export function nameFileSync(aside: string, path: string, { replace = false } = {}): void {
  const file = openSync(aside, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  if (replace) {
    renameSync(aside, path);
  } else {
    linkSync(aside, path);
    rmSync(aside);
  }
  syncFolderSync(dirname(path));
}

function syncFolderSync(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
