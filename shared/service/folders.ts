/** Folders that a process needs: made on first use, their names made durable. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileError } from './errors.ts';

/** Makes the folder and those above it, unless they exist. Failure is a `ConfigError`, or a `PassingError`. */
export function createFolder(path: string): void {
  try {
    makeFolders(path);
  } catch (error) {
    throw fileError(`Cannot create the folder ${path}`, error);
  }
}

/** One by one: below /proc, which makes no folders and calls them missing, `recursive` of Node.js never returns. */
function makeFolders(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolders(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
