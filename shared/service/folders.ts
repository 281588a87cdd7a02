/** Folders that a process needs: made on first use, their names made durable. */
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { fileError } from './errors.ts';

/** Makes the folder and those above it, unless they exist. Failure is a `ConfigError`, or a `PassingError`. */
export function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileError(`Cannot create the folder ${path}`, error);
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
