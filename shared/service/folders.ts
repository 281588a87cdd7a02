/** Folders that a process needs, made on first use. */
import { mkdirSync } from 'node:fs';
import { fileError } from './errors.ts';

/** Makes the folder and those above it, unless they exist. Failure is a `ConfigError`, or a `PassingError`. */
export function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileError(`Cannot create the folder ${path}`, error);
  }
}
