/**
 * Where the receipts come from that `tecp verify` judges: files, folders, lines of NDJSON. Many are read
 * one after the other, as they are asked for, so memory stays at a receipt and the names of a few files.
 */
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EntryLine, isOneValue, readEntries } from '#cli/lib/entry-lines.ts';
import { CommandError } from '#cli/lib/errors.ts';
import { STDIN } from '#cli/lib/files.ts';
import { fileContent } from '#protocol/file.ts';
import { describeFileError } from '#service/errors.ts';

export interface ReceiptSource {
  readonly file: string;
  /** Counted from 1, in NDJSON. */
  readonly line?: number;
  readonly bytes: Uint8Array;
}

/** A file of which nothing can be judged, or a file that a folder holds beside its receipts. */
export interface NoReceipt {
  readonly file: string;
  /** Absent if it was only passed over. */
  readonly problem?: string;
}

export type Receipts =
  | { readonly kind: 'one'; readonly source: ReceiptSource }
  | { readonly kind: 'many'; readonly sources: AsyncIterable<ReceiptSource | NoReceipt> };

/** What a folder's files have to be called to be taken for receipts. */
export const RECEIPT_FILES = '*.tecp.json, *.ndjson and *.jsonl';
const IS_RECEIPT_FILE = /\.(?:tecp\.json|ndjson|jsonl)$/;
const IS_LINES_FILE = /\.(?:ndjson|jsonl)$/;

export async function openReceipts(paths: readonly string[]): Promise<Receipts> {
  const [only, ...others] = paths;
  if (only === undefined || others.length > 0 || (await isFolder(only))) {
    return { kind: 'many', sources: readAll(paths) };
  }
  return await openFile(only);
}

async function openFile(file: string): Promise<Receipts> {
  const entries = await readEntries(
    file,
    (text) => !IS_LINES_FILE.test(file) && isOneReceipt(text),
  );
  if (entries.kind === 'one') {
    return { kind: 'one', source: { file, bytes: fileContent(entries.bytes) } };
  }
  return { kind: 'many', sources: readLines(file, entries.lines) };
}

async function* readLines(file: string, lines: AsyncIterable<EntryLine>) {
  for await (const { number, bytes } of lines) yield { file, line: number, bytes };
}

/** Whatever is not several lines is judged as one receipt, however bad. */
function isOneReceipt(text: Buffer): boolean {
  const end = text.indexOf(10);
  return end < 0 || text.subarray(end).toString('latin1').trim() === '' || isOneValue(text);
}

async function* readAll(paths: Iterable<string>): AsyncGenerator<ReceiptSource | NoReceipt> {
  for (const path of paths) {
    if (await isFolder(path)) yield* readFolder(path);
    else yield* readFile(path);
  }
}

/** In the order in which the file system lists it: sorting would take all names into memory. */
async function* readFolder(folder: string): AsyncGenerator<ReceiptSource | NoReceipt> {
  try {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) yield* readFolder(path);
      else if (IS_RECEIPT_FILE.test(entry.name)) yield* readFile(path);
      else yield { file: path };
    }
  } catch (error) {
    yield { file: folder, problem: `Cannot read ${folder}: ${describeFileError(error)}.` };
  }
}

async function* readFile(path: string): AsyncGenerator<ReceiptSource | NoReceipt> {
  try {
    const receipts = await openFile(path);
    if (receipts.kind === 'one') yield receipts.source;
    else yield* receipts.sources;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    yield { file: path, problem: error.message };
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (path === STDIN) return false;
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
