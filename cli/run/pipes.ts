/**
 * Real pipes for a child's standard input and output.
 *
 * Node.js itself gives a child socket pairs, and those cannot be opened again as /dev/stdin or
 * /dev/stdout, as many commands do. Holding a pipe's read end also tells what the child left unread.
 *
 * Node.js cannot make a pipe, but a shell makes one for each `|`. On Linux they are opened through
 * /proc. Elsewhere named pipes do, which on Linux would not: there, opening /dev/stdin of a named
 * pipe whose writer has gone never returns.
 */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { unusable } from '#cli/lib/errors.ts';
import { describeFileError } from '#service/errors.ts';

/** Two file descriptors of one pipe, both blocking and closed on exec. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

export interface Pipes {
  readonly input: Pipe;
  readonly output: Pipe;
}

export async function openPipes(): Promise<Pipes> {
  try {
    return existsSync('/proc/self/fd') ? await openShellPipes() : openNamedPipes();
  } catch (error) {
    throw unusable(`Cannot make a pipe: ${describeFileError(error)}.`);
  }
}

function openBothEnds(path: string): Pipe {
  return { read: openSync(path, constants.O_RDONLY), write: openSync(path, constants.O_WRONLY) };
}

/** Says its process id, and holds a pipe as 5 and another as 6 until 4 is closed. */
const HOLDER = ": | sh -c 'exec 5<&0 6>&1; echo $$ >&3; read _ <&4' | :";

async function openShellPipes(): Promise<Pipes> {
  const holder = spawn('sh', ['-c', HOLDER], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const [answer, release] = [holder.stdio[3] as Readable, holder.stdio[4] as Writable];
  release.on('error', () => undefined); // it has gone already
  const failed = new Promise<never>((_, reject) => holder.once('error', reject));
  const pid = await Promise.race([firstLine(answer), failed]);
  try {
    const folder = `/proc/${pid}/fd`;
    return { input: openBothEnds(`${folder}/5`), output: openBothEnds(`${folder}/6`) };
  } finally {
    release.destroy();
    answer.destroy();
  }
}

async function firstLine(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += String(chunk);
    if (text.endsWith('\n')) break;
  }
  return text.trim();
}

function openNamedPipes(): Pipes {
  const folder = mkdtempSync(join(tmpdir(), 'tecp-run-'));
  const paths = { input: join(folder, 'input'), output: join(folder, 'output') };
  const open = (path: string): Pipe => {
    // Opening one end waits for the other, unless somebody has both.
    const both = openSync(path, constants.O_RDWR);
    const pipe = openBothEnds(path);
    closeSync(both);
    return pipe;
  };
  try {
    execFileSync('mkfifo', ['-m', '600', paths.input, paths.output], { stdio: 'ignore' });
    return { input: open(paths.input), output: open(paths.output) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
