/** Whether something is there, told apart from not being allowed to look. */
import { statSync } from 'node:fs';
import { describeFileError } from '#service/errors.ts';
import { unusable } from './errors.ts';
import { displayPath } from './layout.ts';

/** Throws `CommandError`, exit code 2, where nobody can say. */
export function isPresent(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw unusable(`Cannot look at ${displayPath(path)}: ${describeFileError(error)}.`);
  }
}
