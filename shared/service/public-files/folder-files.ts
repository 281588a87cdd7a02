/**
 * Public files in a folder: what static hosting serves, and what a mirror is.
 *
 * No file is ever seen before it is whole; it is on the disk, and so is its name with all folders above
 * it, when a call resolves. The folder has one writer, by a lock of the kernel.
 */
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { encodeUtf8, equalBytes } from '#protocol/bytes.ts';
import { DatabaseLock } from '../database-lock.ts';
import { errorCode, fileError, PassingError } from '../errors.ts';
import { replaceFile } from '../files.ts';
import { syncFolder } from '../folders.ts';
import {
  MAX_FILE_BYTES,
  type PublicFiles,
  PublicFilesError,
  type StoredCheckpoint,
} from './public-files.ts';

const FILE_MODE = 0o644;
const CHECKPOINT = 'checkpoint';

export class FolderFiles implements PublicFiles {
  readonly name: string;
  readonly #lock: DatabaseLock;

  private constructor(folder: string, lock: DatabaseLock) {
    this.name = folder;
    this.#lock = lock;
  }

  /** Makes the folder if need be. Throws `ConfigError`, also while it has another writer, or `PassingError`. */
  static open(folder: string): FolderFiles {
    const path = resolve(folder);
    return new FolderFiles(path, DatabaseLock.acquire(join(path, '.export')));
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return await this.#explained('read', async () => {
      const file = await open(join(this.name, path)).catch((error: unknown) => {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      });
      try {
        if (file === undefined) return undefined;
        if ((await file.stat()).size <= MAX_FILE_BYTES) return await file.readFile();
      } finally {
        await file?.close();
      }
      throw this.#error('refused', `${path} exceeds ${MAX_FILE_BYTES} bytes`);
    });
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const present = await this.read(path);
    if (present !== undefined && !equalBytes(present, bytes)) {
      throw this.#error('different', `${path} has other content already`);
    }
    // One that is there may have been named just before a crash.
    const folder = dirname(join(this.name, path));
    if (present === undefined) await this.#replace(path, bytes);
    else await this.#explained('write to', () => syncFolder(folder));
  }

  async removeBeneath(folder: string): Promise<void> {
    const path = join(this.name, folder);
    await this.#explained('write to', () => rm(path, { recursive: true, force: true }));
  }

  async checkpoint(): Promise<StoredCheckpoint | undefined> {
    const bytes = await this.read(CHECKPOINT);
    if (bytes === undefined) return undefined;
    const note = new TextDecoder().decode(bytes);
    return { note, version: note };
  }

  async replaceCheckpoint(note: string, before: StoredCheckpoint | undefined) {
    const present = await this.checkpoint();
    if (present?.note === note) return present;
    if (present?.version !== before?.version) {
      throw this.#error('conflict', 'the checkpoint has been replaced meanwhile');
    }
    await this.#replace(CHECKPOINT, encodeUtf8(note));
    return { note, version: note };
  }

  close(): void {
    this.#lock.release();
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    const full = join(this.name, path);
    await this.#explained('write to', async () => {
      await makeFolder(dirname(full));
      const aside = `${full}.${process.pid}.aside`;
      await replaceFile(full, async () => bytes, { aside, mode: FILE_MODE, durable: true });
    });
  }

  async #explained<T>(verb: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      const explained = fileError(`Cannot ${verb} ${this.name}`, error);
      const kind = explained instanceof PassingError ? 'unavailable' : 'refused';
      throw new PublicFilesError(kind, explained.message, { cause: error });
    }
  }

  #error(kind: 'refused' | 'different' | 'conflict', what: string): PublicFilesError {
    return new PublicFilesError(kind, `Cannot write to ${this.name}: ${what}.`);
  }
}

/** With all folders above it, and their names made durable. */
async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made));
  }
}
