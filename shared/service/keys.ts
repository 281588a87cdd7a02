/**
 * Signing keys in files: created once with mode 0600, never overwritten, refused when anybody but
 * the owner may touch them. Messages name the file and the remedy, never the key.
 */
import { closeSync, fstatSync } from 'node:fs';
import { formatSignerKey, parseSignerKey, type SignerKey } from '#protocol/note/key.ts';
import { openToRead, readOpenFile } from './bounded-file.ts';
import { ConfigError, describeWriteError, errorCode } from './errors.ts';
import { createFileSync } from './files.ts';
import { shellQuote } from './shell-quote.ts';

const MAX_KEY_FILE_BYTES = 4096;

/** The key in the file at `path`: one line, `PRIVATE+KEY+<name>+<id>+<base64>`. */
export function readSignerKey(path: string): SignerKey {
  const text = readPrivateFile(path, 'key file').replace(/\r?\n$/, '');
  try {
    return parseSignerKey(text);
  } catch {
    // The parser's message is not repeated: it may quote what it read, and that is a secret.
    throw new ConfigError(
      `The key file ${path} does not hold one signing key as written by "tecp keygen".`,
    );
  }
}

/** Creates the key file and makes it durable. An existing file is left alone and is an error. */
export function writeSignerKey(path: string, key: SignerKey): void {
  try {
    createFileSync(path, `${formatSignerKey(key)}\n`, { mode: 0o600, durable: true });
  } catch (error) {
    const reason =
      errorCode(error) === 'EEXIST'
        ? 'it exists already, and keys are never overwritten'
        : describeWriteError(error);
    throw new ConfigError(`Cannot create the key file ${path}: ${reason}.`);
  }
}

/**
 * Text of a secret file, at most 4 KiB, that only its owner may read or write. Checked on the open
 * file, not the name. `what` it is, for messages: `key file`.
 */
export function readPrivateFile(path: string, what: string): string {
  const file = openToRead(path, `the ${what}`);
  try {
    if ((fstatSync(file).mode & 0o077) !== 0) {
      const remedy = `chmod 600 ${shellQuote(path)}`;
      throw new ConfigError(`The ${what} ${path} is open to other users; run: ${remedy}`);
    }
    return readOpenFile(file, path, `the ${what}`, MAX_KEY_FILE_BYTES).toString();
  } finally {
    closeSync(file);
  }
}
