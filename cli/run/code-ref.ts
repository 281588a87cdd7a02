/**
 * Which code a command is: `git:<commit>`, `build:sha256:<hex>` or `args:sha256:<hex>`. The rule for
 * others to compute it again is in docs/CLI.md.
 *
 * The code is a file: the program that PATH leads to, or the script that a known interpreter is given.
 * If it is tracked in a git work tree without changes to any tracked file, the commit names it, and
 * everything it may load from there; otherwise its own SHA-256 does. An interpreter that is given
 * anything else (`sh -c ...`, `python3 -m ...`) gets its code by its arguments, so these are hashed.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { hashInput } from '#cli/lib/files.ts';
import { toHex } from '#protocol/bytes.ts';

/** Interpreters, and the options that they may be given before a script: those without a value. */
const INTERPRETERS: readonly (readonly [name: RegExp, switches: RegExp])[] = [
  [/^(?:sh|bash|dash|ksh|zsh)$/, /^[-+][abefhkmnuvxC]+$/],
  [/^(?:python|pypy)[0-9.]*$/, /^-[bBdEIOPqsSuv]+$/],
  [/^(?:perl|ruby)[0-9.]*$/, /^-[alnpsw]+$/],
  [/^(?:node|deno|bun|php|Rscript|lua|fish)[0-9.]*$/, /^--$/],
];
const GIT_TIMEOUT_MS = 10_000;

/** The reference of a command, or undefined when there is no such program. */
export async function codeRef(
  command: string,
  args: readonly string[],
): Promise<string | undefined> {
  const found = await findProgram(command);
  if (found === undefined) return undefined;
  const script = await scriptOf(command, args);
  if (script === ARGUMENTS) return `args:sha256:${hashArguments([command, ...args])}`;
  const program = await realpath(script ?? found);
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

/** No file, but the arguments themselves say which code runs. */
const ARGUMENTS = Symbol('arguments');

/** Where the code of an interpreter is; undefined when the command itself is the code. */
async function scriptOf(
  command: string,
  args: readonly string[],
): Promise<string | typeof ARGUMENTS | undefined> {
  const name = basename(command);
  const switches = INTERPRETERS.find(([names]) => names.test(name))?.[1];
  if (switches === undefined) return undefined;
  const script = args.find((arg) => !switches.test(arg));
  if (script === undefined) return undefined;
  return !script.startsWith('-') && (await isFile(script)) ? resolve(script) : ARGUMENTS;
}

/** Lowercase hex SHA-256 of all of them, each followed by a zero byte, which none can contain. */
function hashArguments(words: readonly string[]): string {
  const hash = createHash('sha256');
  for (const word of words) hash.update(`${word}\0`);
  return hash.digest('hex');
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
