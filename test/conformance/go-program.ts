/** The Go programs of this folder: whether Go is here, and building one of them. */
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { tempFolder } from '#test/support/temp.ts';
import { isAvailable } from './tool.ts';

const SOURCE = join(import.meta.dirname, 'go');

/** Runs a program; rejects with its words in `stderr` when it fails. */
export const run = promisify(execFile);

export const hasGo = isAvailable(
  'Go',
  spawnSync('go', ['version']).status === 0,
  'TECP_REQUIRE_GO',
);

/**
 * Builds a package, of this folder's module or of the one in `cwd`, with the Go that is here, never with one that
 * would be downloaded. Compiles Go's library too where that was never done.
 */
export async function buildGo(directory: string, cwd = SOURCE): Promise<string> {
  const program = join(tempFolder(), 'program');
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off' };
  const args = ['build', '-buildvcs=false', '-o', program, directory];
  await run('go', args, { cwd, env });
  return program;
}
