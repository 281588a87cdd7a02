/** Folders that a process needs, made on first use. */
import { mkdirSync } from 'node:fs';
import { ConfigError, describeFileError } from './errors.ts';

/** Makes the folder and those above it, unless they exist. Failure is a `ConfigError`. */
export function createFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw new ConfigError(`Cannot create the folder ${path}: ${describeFileError(error)}.`);
  }
}
