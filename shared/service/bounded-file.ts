/** Files that an operator names, read whole and never beyond a limit, whatever they are. */
import { closeSync, openSync, readSync } from 'node:fs';
import { ConfigError, fileError } from './errors.ts';

/**
 * The bytes of a file, at most `maxBytes` of them. `what` it is, for messages: `the policy`. Every
 * failure is a `ConfigError`, or a `PassingError`.
 */
export function readBoundedFile(path: string, what: string, maxBytes: number): Buffer {
  const file = openToRead(path, what);
  try {
    return readOpenFile(file, path, what, maxBytes);
  } finally {
    closeSync(file);
  }
}

/** A file descriptor, for the caller to close. */
export function openToRead(path: string, what: string): number {
  return explained(path, what, () => openSync(path, 'r'));
}

/**
 * As `readBoundedFile`, for a file that is open already and stays open. Counts what arrives, as the
 * size of a pipe or of a device says nothing.
 */
export function readOpenFile(file: number, path: string, what: string, maxBytes: number): Buffer {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = explained(path, what, () => {
      return readSync(file, buffer, length, buffer.length - length, null);
    });
    if (count === 0) return buffer.subarray(0, length);
    length += count;
  }
  throw new ConfigError(`Cannot read ${what} ${path}: it is larger than ${maxBytes} bytes.`);
}

/** Runs a call on the file; its failure in one sentence. */
function explained(path: string, what: string, call: () => number): number {
  try {
    return call();
  } catch (error) {
    throw fileError(`Cannot read ${what} ${path}`, error);
  }
}
