/**
 * The program as users run it: the package with its bundled servers, built from this working tree. Found again
 * in `.node/packages` until a file changes that it is built from.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './root.ts';

const SOURCES = ['bin', 'cli', 'log-server', 'witness', 'monitor', 'bastion', 'shared', 'deploy'];
const FILES = ['package.json', 'package-lock.json'];
const PACKAGES = join(ROOT, '.node/packages');

/** Its folder. The packages that it imports are those of the working tree, two folders above. */
export function builtPackage(): string {
  const built = join(PACKAGES, fingerprint());
  if (!existsSync(built)) build(built);
  return built;
}

/** What `tecp` is when the package is installed: started by Node.js. */
export function builtProgram(): string {
  return join(builtPackage(), 'bin/tecp.cjs');
}

function fingerprint(): string {
  const hash = createHash('sha256');
  const paths = SOURCES.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name)),
  );
  for (const path of [...paths.sort(), ...FILES.map((name) => join(ROOT, name))]) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

function build(built: string): void {
  console.error('building the package that is measured ...');
  execFileSync(process.execPath, [join(ROOT, 'deploy/build.ts')], { stdio: ['ignore', 2, 2] });
  // Older ones are of no use.
  rmSync(PACKAGES, { recursive: true, force: true });
  const stage = `${built}.${process.pid}`;
  mkdirSync(stage, { recursive: true });
  for (const name of ['bin', 'dist', 'package.json']) {
    cpSync(join(ROOT, name), join(stage, name), { recursive: true });
  }
  renameSync(stage, built);
}
