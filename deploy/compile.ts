/**
 * Compiles TypeScript for a package, as Node.js strips no types below node_modules: for the program (build.ts) and
 * for sdk/js.
 *
 * Types are not checked here: tsc has done so.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** Empties `folder`, and compiles into it by a configuration; messages go to standard error. */
export function compile(root: string, configuration: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['-p', configuration, '--outDir', folder];
  execFileSync(process.execPath, [compiler, ...options], { stdio: ['ignore', 2, 2] });
}
