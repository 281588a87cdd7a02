/**
 * Real pipes for a child's standard input and output.
 *
 * Node.js itself gives a child socket pairs, and those cannot be opened again as /dev/stdin or
 * /dev/stdout, as many commands do. A named pipe that is unlinked once both ends are open is a
 * pipe like any other; holding its read end also tells what the child left unread.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { describeFileError } from '#service/errors.ts';

/** Two file descriptors of one pipe, both blocking and closed on exec. */
export interface Fifo {
  readonly read: number;
  readonly write: number;
}

/** Makes this many pipes. */
export function openFifos(count: number): Fifo[] {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'tecp-run-'));
    const paths = Array.from({ length: count }, (_, i) => join(folder!, String(i)));
    execFileSync('mkfifo', ['-m', '600', ...paths], { stdio: ['ignore', 'ignore', 'ignore'] });
    return paths.map(openFifo);
  } catch (error) {
    throw unusable(`Cannot make a pipe in ${tmpdir()}: ${describeFileError(error)}.`);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

function openFifo(path: string): Fifo {
  // Opening one end waits for the other, unless somebody has both.
  const both = openSync(path, constants.O_RDWR);
  try {
    return { read: openSync(path, constants.O_RDONLY), write: openSync(path, constants.O_WRONLY) };
  } finally {
    closeSync(both);
  }
}
