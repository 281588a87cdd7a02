/** What a file of vectors holds now. */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fileName, type Group } from './case.ts';

/** The text of the file of a group, or undefined where there is none yet. */
export function committedText(folder: URL, group: Group): string | undefined {
  const file = new URL(fileName(group), folder);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return (group.isLarge ? gunzipSync(bytes) : bytes).toString();
}
