/** A server that a harness mistreats, alone in a process of its own, and what it promised meanwhile. */
import type { TestProcess } from '#test/support/processes.ts';

export interface Subject {
  readonly process: TestProcess;
  readonly url: string;
  /** The files and the folder of which its promises are made. */
  readonly paths: readonly string[];
  /** Asks it for everything that it does. Whatever it answers, or that it is gone, is remembered. */
  load(): Promise<Load>;
  /** While it runs, and all is well again: everything that it ever said is true, and it goes on. */
  expectKept(): Promise<void>;
}

/** How many requests were answered with yes, and with a refusal or not at all. */
export interface Load {
  readonly granted: number;
  readonly refused: number;
}

/** The files of an SQLite database, and the folder that they are in. */
export function databaseFiles(folder: string, path: string): string[] {
  return [folder, path, `${path}-wal`, `${path}-shm`];
}
