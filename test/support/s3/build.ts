/**
 * Two servers for S3 that have nothing in common, built once into `.s3/`: versitygw in Go, by the versions in
 * `versitygw/go.sum`, and s3s-fs in Rust, by its own lock file.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withBuildLock } from '#cli/sdk/lock.ts';
import { isAvailable } from '#test/conformance/tool.ts';
import { ROOT } from '#test/support/processes.ts';

export type S3Kind = 'versitygw' | 's3s-fs';

const BUILT = join(ROOT, '.s3');
const S3S_VERSION = '0.14.1';
const VERSITYGW_VERSION = '1.8.0';

const run = promisify(execFile);

function isThere(tool: string, argument: string): boolean {
  return isAvailable(tool, spawnSync(tool, [argument]).status === 0, 'TECP_REQUIRE_S3');
}

/** Those that can be built here. */
export const S3_KINDS: readonly S3Kind[] = [
  ...(isThere('go', 'version') ? (['versitygw'] as const) : []),
  ...(isThere('cargo', '--version') ? (['s3s-fs'] as const) : []),
];

/** The program, which is built at the first call on this machine; others wait for that meanwhile. */
export async function s3Program(kind: S3Kind): Promise<string> {
  const { folder, program, build } = RECIPES[kind];
  await withBuildLock(
    async () => {
      if (!existsSync(program)) await build(folder, program);
    },
    () => undefined,
    { path: join(BUILT, `${kind}.lock`) },
  );
  return program;
}

interface Recipe {
  readonly folder: string;
  readonly program: string;
  readonly build: (folder: string, program: string) => Promise<void>;
}

function recipe(name: string, path: string, build: Recipe['build']): Recipe {
  const folder = join(BUILT, name);
  return { folder, program: join(folder, path), build };
}

const RECIPES: Readonly<Record<S3Kind, Recipe>> = {
  versitygw: recipe(`versitygw-${VERSITYGW_VERSION}`, 'versitygw', async (_, program) => {
    const cwd = join(import.meta.dirname, 'versitygw');
    const env = { ...process.env, GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly' };
    const source = 'github.com/versity/versitygw/cmd/versitygw';
    await run('go', ['build', '-buildvcs=false', '-o', program, source], { cwd, env });
  }),
  // Without optimization it is built in half of the time, and is fast enough.
  's3s-fs': recipe(`s3s-fs-${S3S_VERSION}`, 'bin/s3s-fs', async (folder) => {
    const args = ['install', 's3s-fs', '--version', S3S_VERSION, '--locked', '--debug'];
    const config = ['--config', 'profile.dev.debug=false', '--features', 'binary'];
    await run('cargo', [...args, ...config, '--root', folder], { cwd: ROOT });
  }),
};
