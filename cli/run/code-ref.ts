/**
 * Which code a command is: `git:<commit>` or `build:sha256:<hex>`.
 *
 * The program is the file that PATH leads to; for a known interpreter whose first argument is a
 * file, that file. If it is tracked in a git work tree without changes to any tracked file, the
 * commit names it, and everything it may load from there. Otherwise its own SHA-256 does.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hashInput } from '#cli/lib/files.ts';
import { toHex } from '#protocol/bytes.ts';

const INTERPRETERS =
  /^(?:node|deno|bun|python|pypy|ruby|perl|php|Rscript|lua|sh|bash|dash|zsh|ksh|fish)[0-9.]*$/;
const GIT_TIMEOUT_MS = 10_000;

/** The reference of a command, or undefined when there is no such program. */
export async function codeRef(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  const found = await findProgram(command);
  if (found === undefined) return undefined;
  const program = await realpath((await scriptOf(command, args)) ?? found);
  const commit = await gitCommitOf(program);
  return commit === undefined ? `build:sha256:${toHex(await hashInput(program))}` : `git:${commit}`;
}

/** As execvp looks it up: a name with a slash is a path, any other is looked for in PATH. */
async function findProgram(command: string): Promise<string | undefined> {
  if (command.includes('/')) return (await isFile(command)) ? command : undefined;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder === '' ? '.' : folder, command);
    if ((await isFile(path)) && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function scriptOf(command: string, args: readonly string[]): Promise<string | undefined> {
  const [script] = args;
  if (script === undefined || !INTERPRETERS.test(basename(command))) return undefined;
  return !script.startsWith('-') && (await isFile(script)) ? resolve(script) : undefined;
}

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? false;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function gitCommitOf(program: string): Promise<string | undefined> {
  const git = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)('git', ['-C', dirname(program), ...args], {
      env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
      timeout: GIT_TIMEOUT_MS,
    });
    return stdout.trim();
  };
  try {
    await git('ls-files', '--error-unmatch', '--', basename(program));
    const changes = await git('status', '--porcelain', '--untracked-files=no');
    const commit = await git('rev-parse', '--verify', 'HEAD');
    return changes === '' && /^[0-9a-f]{40,64}$/.test(commit) ? commit : undefined;
  } catch {
    // No git, no work tree, not tracked, or no commit yet: the file's own hash it is.
    return undefined;
  }
}
