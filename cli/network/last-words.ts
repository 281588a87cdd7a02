/**
 * Why a process ended, out of what it wrote last: the sentence it printed, or the fatal
 * error it logged.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const TAIL_BYTES = 16 * 1024;

/** The last meaningful line of the file after `offset` bytes, in one line of text, if it is there. */
export function lastWords(path: string, offset: number): string | undefined {
  for (const line of readTail(path, offset).split('\n').reverse()) {
    const words = meaningOf(line);
    if (words !== undefined) return words;
  }
  return undefined;
}

/** Nothing where it cannot be read, as when its folder was removed: that is no second misfortune. */
function readTail(path: string, offset: number): string {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    const start = Math.max(offset, size - TAIL_BYTES);
    const tail = Buffer.alloc(Math.max(0, size - start));
    const length = readSync(file, tail, 0, tail.length, start);
    return tail.toString('utf8', 0, length);
  } catch {
    return '';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function meaningOf(line: string): string | undefined {
  if (line.startsWith('{')) return meaningOfLogLine(line);
  if (line.startsWith('tecp: ')) return line.slice('tecp: '.length);
  // What the runtime itself says before it gives up, such as that there is no memory left.
  return /^(?:FATAL ERROR|\w*Error\b)/.test(line) ? line : undefined;
}

function meaningOfLogLine(line: string): string | undefined {
  try {
    const { level, msg, err } = JSON.parse(line);
    if (level !== 'fatal') return undefined;
    return typeof err?.message === 'string' ? `${msg}: ${err.message}` : String(msg);
  } catch {
    return undefined;
  }
}
