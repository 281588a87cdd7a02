/** A disk that can be really full: a small file system of its own, which takes root. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#service/errors.ts';
import { tempFolder } from './temp.ts';

/** A file system of its own that can be filled to the last byte. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Mounts one in the folder; undefined where that is not allowed. */
  static mount(folder: string, megabytes: number): SmallDisk | undefined {
    mkdirSync(folder, { recursive: true });
    try {
      const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder];
      execFileSync('mount', options, { stdio: 'ignore' });
      return new SmallDisk(folder);
    } catch {
      return undefined;
    }
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.folder]);
  }

  grow(megabytes: number): void {
    const options = ['-o', `remount,size=${megabytes}m`, this.folder];
    execFileSync('mount', options, { stdio: 'ignore' });
  }

  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (let chunk = 65_536; chunk >= 1; chunk = Math.floor(chunk / 2)) fillWith(file, chunk);
    } finally {
      closeSync(file);
    }
  }

  makeRoom(): void {
    rmSync(this.#ballast);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

/** Writes chunks until one does not fit any more. */
function fillWith(file: number, chunk: number): void {
  const bytes = Buffer.alloc(chunk);
  try {
    while (writeSync(file, bytes) === chunk);
  } catch (error) {
    if (errorCode(error) !== 'ENOSPC') throw error;
  }
}

export function canMount(): boolean {
  const disk = SmallDisk.mount(tempFolder(), 1);
  disk?.unmount();
  return disk !== undefined;
}
