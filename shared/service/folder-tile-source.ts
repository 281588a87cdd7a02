/**
 * A log's public files in a folder, laid out as they are served (C2SP tlog-tiles): a mirror, or what is
 * left of a log. They are read as they stand: compression belongs to HTTP, and no file has any.
 *
 * Nothing outside of the folder is read, whatever stands in it: a link on the way, be it of a file or of a
 * folder, is refused, and so is what is no regular file. The folder itself may be named by a link. No more
 * is read than a file of its kind may have.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { RemoteError } from '#client/http.ts';
import { FileTileSource } from '#client/tile-source.ts';
import { describeFileError, errorCode } from './errors.ts';

/** A pipe in place of a file would hold up whoever opens it; a link is no file of the folder. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export class FolderTileSource extends FileTileSource {
  constructor(folder: string) {
    super((path, maxBytes) => readWithin(folder, path, maxBytes));
  }
}

/**
 * By synchronous calls, which cost much less than the others where the file is in memory already.
 * Between any two files signals and timers have their turn.
 */
async function readWithin(folder: string, path: string, maxBytes: number): Promise<Uint8Array> {
  await setImmediate();
  const full = join(folder, path);
  const { href } = pathToFileURL(full);
  try {
    const file = openSync(full, OPEN_FLAGS);
    try {
      checkWithin(file, folder, path, href);
      return readCapped(file, href, maxBytes);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    throw asRemoteError(href, error);
  }
}

/** Looks after opening, so that what is changed in between is not read either. */
function checkWithin(file: number, folder: string, path: string, href: string): void {
  const opened = fstatSync(file);
  if (!opened.isFile()) throw new RemoteError('bad-content', href, 'it is no regular file');
  const expected = join(realpathSync.native(folder), path);
  const found = lstatSync(expected);
  const isSame = found.dev === opened.dev && found.ino === opened.ino;
  if (isSame && realpathSync.native(expected) === expected) return;
  throw new RemoteError('bad-content', href, 'a link leads to it');
}

function readCapped(file: number, href: string, maxBytes: number): Uint8Array {
  const { size } = fstatSync(file);
  if (size > maxBytes) throw new RemoteError('too-large', href, `it exceeds ${maxBytes} bytes`);
  // A byte more than it has: the end is seen, or that it grew.
  const buffer = new Uint8Array(size + 1);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(file, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
  }
  throw new RemoteError('bad-content', href, 'it grew while it was read');
}

/** A file that is missing is told as by a server that has none. */
function asRemoteError(href: string, error: unknown): RemoteError {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new RemoteError('status', href, 'there is no such file', { status: 404 });
  }
  if (code === 'ELOOP') return new RemoteError('bad-content', href, 'it is a link');
  return new RemoteError('unreachable', href, describeFileError(error));
}
