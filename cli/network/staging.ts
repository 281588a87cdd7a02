/**
 * Puts a set of files into a data folder so that an interruption at any point can be repeated.
 *
 * All of them, databases too, are first written and synced under `.setup/`, the marker file last. Only then are
 * they renamed into place, the marker last again. A start that finds a complete `.setup/` goes on
 * renaming; one that finds an incomplete one throws it away, as nothing of it is in place.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { unusable } from '#cli/lib/errors.ts';
import { MARKER_FILE } from '#cli/lib/layout.ts';
import { ConfigError, describeFileError, PassingError } from '#service/errors.ts';
import { createFileSync } from '#service/files.ts';
import { syncFolder } from '#service/folders.ts';
import type { NewFile } from './generate.ts';

const STAGE_FOLDER = '.setup';
const FOLDER_MODE = 0o700;

function stageOf(data: string): string {
  return join(data, STAGE_FOLDER);
}

async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: FOLDER_MODE });
  createFileSync(path, content, { mode, durable: true });
}

/**
 * Writes the files and then the marker, and puts them into place. `addMore` may make further files
 * out of them before that, durably, in the folder that it is given.
 */
export async function putFiles(
  data: string,
  files: readonly NewFile[],
  marker: string,
  addMore: (stage: string) => Promise<void> = async () => undefined,
): Promise<void> {
  await asSentence(data, async () => {
    const stage = stageOf(data);
    await rm(stage, { recursive: true, force: true });
    for (const { path, content, mode } of files) {
      await writeDurably(join(stage, path), content, mode);
    }
    await addMore(stage);
    for (const path of await stagedFolders(stage)) await syncFolder(path);
    const aside = join(stage, `${MARKER_FILE}.new`);
    await writeDurably(aside, marker, 0o644);
    await rename(aside, join(stage, MARKER_FILE));
    await syncFolder(stage);
  });
  await finishPutting(data);
}

/** Ends what an earlier `putFiles` began, if anything. */
export async function finishPutting(data: string): Promise<void> {
  const stage = stageOf(data);
  if (!existsSync(stage)) return;
  await asSentence(data, async () => {
    if (existsSync(join(stage, MARKER_FILE))) {
      for (const path of await stagedFiles(stage)) await moveIntoPlace(data, path);
      await moveIntoPlace(data, MARKER_FILE);
    }
    await rm(stage, { recursive: true, force: true });
  });
}

async function stagedFolders(stage: string): Promise<string[]> {
  const found = await readdir(stage, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Paths under the stage but the marker's. */
async function stagedFiles(stage: string): Promise<string[]> {
  const found = await readdir(stage, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => relative(stage, join(entry.parentPath, entry.name)))
    .filter((path) => path !== MARKER_FILE);
}

async function moveIntoPlace(data: string, path: string): Promise<void> {
  const target = join(data, path);
  await mkdir(dirname(target), { recursive: true, mode: FOLDER_MODE });
  await rename(join(stageOf(data), path), target);
  await syncFolder(dirname(target));
}

async function asSentence(data: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof PassingError) throw error;
    throw unusable(`Cannot set up the network in ${data}: ${describeFileError(error)}.`);
  }
}
