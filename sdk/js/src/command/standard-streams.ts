/**
 * Standard input and output, whose failures are errors: of files, the platform's own streams take a write that
 * was cut off for a whole one, and a folder for an empty file.
 */
import { createReadStream, createWriteStream, fstatSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

const [STDIN, STDOUT] = [0, 1];

export function standardInput(): Readable {
  const stats = fstatSync(STDIN);
  const hasOffset = stats.isFile() || stats.isDirectory();
  return hasOffset ? createReadStream('', { fd: STDIN, autoClose: false }) : process.stdin;
}

export function standardOutput(): Writable {
  const isFile = fstatSync(STDOUT).isFile();
  return isFile ? createWriteStream('', { fd: STDOUT, autoClose: false }) : process.stdout;
}
