/**
 * Where a command reads the public files of a log: over HTTP, or in a folder that holds them. A log may ask
 * who reads much to wait; it is asked again then, as whoever reads all of it has time.
 */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { get, RemoteError } from '#client/http.ts';
import { FileTileSource } from '#client/tile-source.ts';
import { describeFileError } from '#service/errors.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { sleep } from '#service/schedule.ts';
import { unusable } from './errors.ts';
import { checkUrl } from './log-target.ts';

/** For one file, the first included. */
const ATTEMPTS = 10;
const MAX_PAUSE_MS = 30_000;

/** `named` is an http, https or file URL, or the path of a folder. `signal` ends requests and pauses early. */
export function openLogSource(named: string, signal?: AbortSignal): FileTileSource {
  if (/^https?:/i.test(named)) {
    const prefix = checkUrl(named);
    return new FileTileSource((path, maxBytes) => {
      const options = signal === undefined ? { maxBytes } : { maxBytes, signal };
      return patiently(() => get(`${prefix}/${path}`, options), signal);
    });
  }
  const folder = folderOf(named);
  if (isFolder(folder)) return new FolderTileSource(folder);
  throw unusable(`"${named}" is neither an http or https URL nor a folder.`);
}

async function patiently<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (attempt === ATTEMPTS || !asksToWait(error)) throw error;
      await sleep(Math.min(MAX_PAUSE_MS, 1000 * (error.retryAfterSeconds ?? 1)), signal);
      signal?.throwIfAborted();
    }
  }
}

function asksToWait(error: unknown): error is RemoteError {
  return error instanceof RemoteError && (error.status === 429 || error.status === 503);
}

function folderOf(named: string): string {
  if (!/^file:/i.test(named)) return named;
  try {
    return fileURLToPath(named);
  } catch {
    throw unusable(`"${named}" names no folder of this machine, such as file:///var/lib/mirror.`);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw unusable(`Cannot look at ${path}: ${describeFileError(error)}.`);
  }
}
