/**
 * What the harnesses of failing system calls need of the machine: strace, which has to be allowed to trace
 * its own children, and a C compiler. Where one is missing they say so and are skipped, or fail if
 * `TECP_REQUIRE_STRACE=1` or `TECP_REQUIRE_CC=1` wants them.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tempFolder } from '#test/support/temp.ts';

const SHIM = fileURLToPath(new URL('./reported-failure.c', import.meta.url));

/** True where it is there and works; throws where it is wanted and does not. */
function works(name: string, needed: string, attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch (error) {
    const what = `${name} does not work here: ${(error as Error).message.trim()}`;
    if (process.env[`TECP_REQUIRE_${needed}`] === '1') throw new Error(what);
    process.stderr.write(`${what}\n  Tests that need it are skipped.\n`);
    return false;
  }
}

export function hasStrace(): boolean {
  return works('strace', 'STRACE', () => {
    const inject = ['-e', 'inject=fsync:error=EIO'];
    execFileSync('strace', ['-D', '-f', '-o', '/dev/null', ...inject, 'true'], { stdio: 'pipe' });
  });
}

let shim: string | undefined;

/** The compiled library; compiles it at first. */
export function shimPath(): string {
  if (shim === undefined) {
    const path = join(tempFolder(), 'reported-failure.so');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', path, SHIM, '-ldl'], { stdio: 'pipe' });
    shim = path;
  }
  return shim;
}

export function hasCompiler(): boolean {
  return works('the C compiler', 'CC', shimPath);
}
