/**
 * Commands that are printed to be copied into a shell: called as this program was called, their
 * words in quotes where a shell needs them.
 *
 * The launcher and the installed program say in TECP_PROGRAM how they were called.
 */
import { basename, delimiter, dirname, resolve } from 'node:path';
import { shellQuote } from '#service/shell-quote.ts';

export { shellQuote };

/** As help and documents write it. */
const WRITTEN = './tecp';
const NPX = 'npx tecp';

/** How a shell calls what was started as `called`: by name alone when it is on the PATH. */
export function programName(called: string | undefined, searchPath = ''): string {
  if (called === undefined || called === '') return WRITTEN;
  if (called === NPX) return NPX;
  if (searchPath.split(delimiter).includes(dirname(resolve(called)))) {
    return shellQuote(basename(called));
  }
  return shellQuote(called.includes('/') ? called : `./${called}`);
}

/** How this program was called. */
export const PROGRAM = programName(process.env.TECP_PROGRAM, process.env.PATH);

/** Help is written with `./tecp`; this is what to show instead. */
export function asCalled(text: string): string {
  return text.replaceAll(/(?<![\w/.])\.\/tecp\b(?=[ "])/g, () => PROGRAM);
}

/** A whole command line of this program. */
export function commandLine(...words: readonly string[]): string {
  return [PROGRAM, ...words.map(shellQuote)].join(' ');
}
