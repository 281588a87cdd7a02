/** Commands to try next on the network of a folder. */
import { DEFAULT_DATA, displayPath } from '#cli/lib/layout.ts';
import { commandLine } from '#cli/lib/shell.ts';

/** A command line that names the folder, unless that is the default. */
export function commandOn(data: string, ...words: readonly string[]): string {
  const folder = displayPath(data);
  return commandLine(...words, ...(`./${folder}` === DEFAULT_DATA ? [] : ['--data', folder]));
}
