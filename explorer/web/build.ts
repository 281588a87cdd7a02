/**
 * Builds the web app into `explorer/web/dist/`, unless it is there as its sources say: run by the launcher before
 * whatever shows it, and by whoever makes a package.
 *
 * A build is a folder named after the hash of its sources, made aside and renamed; `dist/current` names the one to
 * serve. So a build that was killed leaves nothing that is used, and of two at once one counts. What a server has
 * begun with may be removed below it: it has read all of it (`serve/built-app.ts`).
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWebApp } from './build/bundle.ts';
import { hashSources } from './build/sources.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAGE = /^stage-(\d+)$/;

/** Returns the folder of the build, and whether it had to be made. */
export async function buildWebApp(
  root: string = ROOT,
  bundle: typeof bundleWebApp = bundleWebApp,
): Promise<{ readonly folder: string; readonly made: boolean }> {
  const dist = join(root, 'explorer/web/dist');
  const startedMs = Date.now();
  const hash = hashSources(root);
  const folder = join(dist, hash);
  const made = !existsSync(folder);
  if (made) {
    const stage = join(dist, `stage-${process.pid}`);
    mkdirSync(dist, { recursive: true });
    removeAbandoned(dist);
    await bundle(root, stage);
    moveInto(stage, folder);
  }
  name(dist, hash, startedMs);
  return { folder, made };
}

/** Another build of the same sources may have come first: then it is the one. */
function moveInto(stage: string, folder: string): void {
  try {
    renameSync(stage, folder);
  } catch (error) {
    rmSync(stage, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** Says which build counts, as of when its sources were read: what changed later is newer than this file. */
function name(dist: string, hash: string, readMs: number): void {
  const current = join(dist, 'current');
  if (!existsSync(current) || readFileSync(current, 'utf8') !== hash) {
    const aside = join(dist, `stage-${process.pid}`);
    writeFileSync(aside, hash);
    renameSync(aside, current);
    for (const other of readdirSync(dist)) {
      if (/^[0-9a-f]{64}$/.test(other) && other !== hash) {
        rmSync(join(dist, other), { recursive: true, force: true });
      }
    }
  }
  utimesSync(current, readMs / 1000, readMs / 1000);
}

/** What builds have left that were killed, and this process before. */
function removeAbandoned(dist: string): void {
  for (const entry of readdirSync(dist)) {
    const pid = Number(STAGE.exec(entry)?.[1]);
    if (Number.isNaN(pid) || (pid !== process.pid && isRunning(pid))) continue;
    rmSync(join(dist, entry), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

if (import.meta.main) await buildWebApp();
