/**
 * What a piece of work does to survive a power loss: the files and folders that it syncs and the
 * files that it renames, in order. The real calls are made, whichever of their forms is used.
 */
import fs, { readlinkSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';

type Call = (...args: never[]) => unknown;
type Note = (args: readonly unknown[], self: unknown) => string;

/** Steps such as `sync log.key.new`, `rename log.key`, `sync keys` (a folder). Linux only. */
export async function durabilityOf(work: () => unknown): Promise<string[]> {
  const steps: string[] = [];
  const restores: (() => void)[] = [];
  const watch = <K extends string>(owner: Record<K, Call>, name: K, note: Note): void => {
    const real = owner[name];
    owner[name] = function (this: unknown, ...args: never[]) {
      steps.push(note(args, this));
      return real.apply(this, args);
    };
    restores.push(() => {
      owner[name] = real;
    });
  };
  const synced: Note = ([fd]) => `sync ${nameOf(fd as number)}`;
  const renamed: Note = ([, to]) => `rename ${basename(String(to))}`;
  watch(fs, 'fsyncSync', synced);
  watch(fs, 'fsync', synced);
  watch(
    await handlePrototype(),
    'sync',
    (_, handle) => `sync ${nameOf((handle as FileHandle).fd)}`,
  );
  watch(fs, 'renameSync', renamed);
  watch(fs, 'rename', renamed);
  watch(fs.promises, 'rename', renamed);
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  }
  return steps;
}

function nameOf(fd: number): string {
  return basename(readlinkSync(`/proc/self/fd/${fd}`));
}

/** Of file handles: the class itself is not exported. */
async function handlePrototype(): Promise<FileHandle> {
  const handle = await open('.');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}
