/**
 * How each SDK is built, by the tools that its own users have. Each tool finds out by itself what has changed, but
 * for two that would do their work again each time: these have a stamp of what they made it of.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runTool, type ToolOptions } from '#cli/lib/tool.ts';
import { BUILT, type ProgramKind, programPath, ROOT, type SdkName, sourceOf } from './languages.ts';
import {
  findCargo,
  findGo,
  findNode,
  findPython,
  type Missing,
  type Toolchain,
} from './toolchains.ts';

export const VENV = join(BUILT, 'venv');
/** No other version of Go is fetched, and no version control is asked. */
export const GO_ENV = { GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-buildvcs=false' };
const CARGO_TARGET = join(BUILT, 'cargo');
export const CARGO_ENV = { CARGO_TARGET_DIR: CARGO_TARGET };

interface Recipe {
  readonly find: () => Promise<Toolchain | Missing>;
  /** Throws `BuildError`. */
  readonly build: (toolchain: Toolchain) => Promise<void>;
}

/** A tool of a build ended with an error; the message is what it had to say. */
export class BuildError extends Error {}

export const RECIPES: Readonly<Record<SdkName, Recipe>> = {
  js: { find: async () => findNode(), build: buildJavaScript },
  py: { find: findPython, build: buildPython },
  go: { find: findGo, build: buildGo },
  rs: { find: findCargo, build: buildRust },
};

async function run(command: string, args: readonly string[], options: ToolOptions = {}) {
  const { ok, output } = await runTool(command, args, options);
  if (!ok) throw new BuildError(`$ ${[command, ...args].join(' ')}\n${output}`);
}

/** A program that starts another one in its own place. */
function writeWrapper(kind: ProgramKind, sdk: SdkName, ...command: readonly string[]): void {
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const path = programPath(kind, sdk);
  // Moved into place, as a shell that is starting would read half of it.
  writeFileSync(`${path}.new`, `#!/bin/sh\nexec ${words} "$@"\n`, { mode: 0o755 });
  renameSync(`${path}.new`, path);
}

/** Does the work unless it was done before, to the end, with the same `from`. */
async function onceFor(stamp: string, from: string, work: () => Promise<void>): Promise<void> {
  const wanted = createHash('sha256').update(from).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  rmSync(stamp, { force: true });
  await work();
  writeFileSync(stamp, wanted);
}

/** The package as it is published, which others may be running: it is made again only when it changes. */
async function buildJavaScript({ command }: Toolchain): Promise<void> {
  const folder = sourceOf('js');
  const sources = [
    'sdk/js',
    'shared/protocol',
    'shared/client',
    'deploy/compile.ts',
    'package.json',
  ];
  await onceFor(join(folder, 'dist/tecp-stamp'), contentOf(sources), () =>
    run(command, [join(folder, 'build.ts')], { cwd: ROOT }),
  );
  // All as it is published: from its sources it would have the crypto of the servers.
  const compiled = join(folder, 'dist/sdk/js');
  writeWrapper('verify', 'js', command, join(compiled, 'src/verify-command.js'));
  writeWrapper('quickstart', 'js', command, join(compiled, 'examples/quickstart.js'));
  writeWrapper('bench', 'js', command, join(compiled, 'bench.js'));
}

/** The names and hashes of all files of these, relative to the repository; what was built is left out. */
function contentOf(paths: readonly string[]): string {
  const filesOf = (path: string): string[] => {
    if (statSync(join(ROOT, path)).isFile()) return [path];
    return readdirSync(join(ROOT, path))
      .filter((name) => name !== 'dist')
      .sort()
      .flatMap((name) => filesOf(`${path}/${name}`));
  };
  const hash = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(ROOT, path)))
      .digest('hex');
  return paths
    .flatMap(filesOf)
    .map((path) => `${path} ${hash(path)}\n`)
    .join('');
}

async function buildPython({ command }: Toolchain): Promise<void> {
  const folder = sourceOf('py');
  const python = join(VENV, 'bin/python');
  const version = await runTool(command, ['-c', 'import sys; print(sys.executable, sys.version)']);
  const project = readFileSync(join(folder, 'pyproject.toml'), 'utf8');
  // An environment is of its place, and of what it was told to hold.
  await onceFor(join(VENV, 'tecp-stamp'), `${version.stdout}${VENV}\n${project}`, async () => {
    rmSync(VENV, { recursive: true, force: true });
    await run(command, ['-m', 'venv', VENV]);
    // What is run is compiled when it is run.
    const quiet = ['--quiet', '--disable-pip-version-check', '--no-compile'];
    await run(python, ['-m', 'pip', 'install', ...quiet, '--editable', `${folder}[dev]`]);
  });
  writeWrapper('verify', 'py', join(VENV, 'bin/tecp-verify-py'));
  writeWrapper('quickstart', 'py', python, join(folder, 'examples/quickstart.py'));
  writeWrapper('bench', 'py', python, join(folder, 'bench/bench.py'));
}

async function buildGo({ command }: Toolchain): Promise<void> {
  const packages: readonly (readonly [ProgramKind, string])[] = [
    ['verify', './cmd/tecp-verify-go'],
    ['quickstart', './examples/quickstart'],
    ['bench', './cmd/tecp-bench-go'],
  ];
  for (const [kind, path] of packages) {
    const args = ['build', '-o', programPath(kind, 'go'), path];
    await run(command, args, { cwd: sourceOf('go'), env: GO_ENV });
  }
}

async function buildRust({ command }: Toolchain): Promise<void> {
  const args = ['build', '--quiet', '--release', '--locked', '--bins', '--examples'];
  await run(command, args, { cwd: sourceOf('rs'), env: CARGO_ENV });
  writeWrapper('verify', 'rs', join(CARGO_TARGET, 'release/tecp-verify-rs'));
  writeWrapper('quickstart', 'rs', join(CARGO_TARGET, 'release/examples/quickstart'));
  writeWrapper('bench', 'rs', join(CARGO_TARGET, 'release/examples/bench'));
}
