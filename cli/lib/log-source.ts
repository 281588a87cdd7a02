/** Where a command reads the public files of a log: over HTTP, or in a folder that holds them. */
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FileTileSource, HttpTileSource } from '#client/tile-source.ts';
import { describeFileError } from '#service/errors.ts';
import { FolderTileSource } from '#service/folder-tile-source.ts';
import { unusable } from './errors.ts';
import { checkUrl } from './log-target.ts';

/** `named` is an http, https or file URL, or the path of a folder. */
export function openLogSource(named: string): FileTileSource {
  if (/^https?:/i.test(named)) return new HttpTileSource(checkUrl(named));
  const folder = folderOf(named);
  if (isFolder(folder)) return new FolderTileSource(folder);
  throw unusable(`"${named}" is neither an http or https URL nor a folder.`);
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
