/**
 * The program as it was at an earlier commit, in a folder of its own, with the packages that are installed
 * here: what was imported then has to be among them.
 */
import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '#test/support/temp.ts';
import { ROOT } from './root.ts';

/** Undefined where the repository does not have the commit, as in a shallow clone. */
export function oldTree(commit: string): string | undefined {
  const folder = tempFolder();
  try {
    const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 28 });
    execFileSync('tar', ['-x', '-C', folder], { input: archive });
  } catch {
    return undefined;
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}
