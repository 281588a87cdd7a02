/**
 * The files that the processes of a network write: their last lines, and those that come. Lines come
 * whole; what has no line end yet waits. Several files are merged by the times in their lines.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { describeFileError, errorCode } from '#service/errors.ts';

export interface OutputFile {
  /** Who writes it. */
  readonly name: string;
  readonly path: string;
}

export interface OutputLine {
  readonly name: string;
  readonly text: string;
}

/** What is read of a file for its last lines, at most, and of what came since the last look. */
const MAX_BYTES = 16 * 1024 * 1024;
const NEWLINE = 10;

/** Reads on where it stopped, and from the beginning of a file that was replaced or cut. */
export class OutputReader {
  readonly #file: OutputFile;
  // Owned here.
  #offset = 0;
  #identity: number | undefined;

  constructor(file: OutputFile) {
    this.#file = file;
  }

  /** The last `count` lines. Later reads go on behind them. */
  last(count: number): OutputLine[] {
    const lines = this.#read(MAX_BYTES);
    return count === 0 ? [] : lines.slice(-count);
  }

  /** The lines that came since the last read. */
  next(): OutputLine[] {
    return this.#read(MAX_BYTES);
  }

  #read(maxBytes: number): OutputLine[] {
    const file = openIfThere(this.#file.path);
    if (file === undefined) return [];
    try {
      const { size, ino } = fstatSync(file);
      if (ino !== this.#identity || size < this.#offset) this.#offset = 0;
      this.#identity = ino;
      const start = Math.max(this.#offset, size - maxBytes);
      const bytes = Buffer.alloc(size - start);
      const got = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
      const end = got.lastIndexOf(NEWLINE) + 1;
      this.#offset = start + end;
      const lines = got.toString('utf8', 0, end).split('\n').slice(0, -1);
      // The first one may have been cut.
      if (start > 0 && start === size - maxBytes) lines.shift();
      return lines.map((text) => ({ name: this.#file.name, text }));
    } finally {
      closeSync(file);
    }
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unusable(`Cannot read ${displayPath(path)}: ${describeFileError(error)}.`);
  }
}

/** Lines of several files in the order of their times; one without a time stays behind the one before. */
export function mergeByTime(files: readonly (readonly OutputLine[])[]): OutputLine[] {
  const timed = files.flatMap((lines) => {
    let time = '';
    return lines.map((line) => {
      time = /^\{.*?"time":"([^"]{1,40})"/.exec(line.text)?.[1] ?? time;
      return { time, line };
    });
  });
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return timed.toSorted((a, b) => order(a.time, b.time)).map(({ line }) => line);
}
