/**
 * A disk as it may be after a power loss: what was synced is there, of the rest anything may be missing.
 *
 * Each file keeps what its last sync made certain, and what was done to it since; the names in the folder
 * likewise, but that names change in order, as file systems keep a journal of them.
 */
import type { Random } from '#test/support/random.ts';
import type { Change } from './recording.ts';

/** How much of what was not synced is there after the loss. */
export const LOSSES = [
  'all of it written',
  'its last write cut short',
  'none of it',
  'some of it, in any order',
] as const;
export type Loss = (typeof LOSSES)[number];

type Edit =
  | { readonly do: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly do: 'truncate'; readonly size: number };

interface File {
  certain: Buffer;
  edits: Edit[];
  /** Where the next append goes. */
  end: number;
}

type Names = ReadonlyMap<string, File>;

export class Disk {
  /** The names that are certain, and each state that they had since; the last is that of now. */
  #names: Names[];
  readonly #folder: string;
  #lastEdited: File | undefined;

  constructor(folder: string, files: ReadonlyMap<string, Buffer>) {
    this.#folder = folder;
    const entries = [...files].map(([path, certain]): [string, File] => [
      path,
      { certain, edits: [], end: certain.length },
    ]);
    this.#names = [new Map(entries)];
  }

  apply(change: Change): void {
    this.#lastEdited = undefined;
    switch (change.do) {
      case 'write':
      case 'truncate':
        this.#edit(this.#file(change.path), change);
        break;
      case 'append':
        this.#append(this.#file(change.path), change.bytes);
        break;
      case 'create':
        this.#create(change.path, change.empties);
        break;
      case 'rename': {
        const file = this.#file(change.from);
        this.#rename((names) => names.delete(change.from) && names.set(change.to, file));
        break;
      }
      case 'unlink':
        this.#rename((names) => names.delete(change.path));
        break;
      case 'sync':
        this.#sync(change.path);
    }
  }

  /** The files of the disk after a power loss now. */
  after(loss: Loss, random: Random): Map<string, Buffer> {
    const oldest = loss === 'none of it' ? 0 : this.#names.length - 1;
    const isRandom = loss === 'some of it, in any order';
    const names =
      this.#names[isRandom ? Math.floor(random.between(0, this.#names.length)) : oldest]!;
    return new Map([...names].map(([path, file]) => [path, this.#contentOf(file, loss, random)]));
  }

  #contentOf(file: File, loss: Loss, random: Random): Buffer {
    const { certain, edits } = file;
    if (loss === 'none of it') return certain;
    if (loss === 'some of it, in any order') {
      return edited(
        certain,
        edits.filter(() => random.between(0, 1) < 0.5),
      );
    }
    const last = edits.at(-1);
    if (loss === 'all of it written' || file !== this.#lastEdited || last?.do !== 'write') {
      return edited(certain, edits);
    }
    const length = Math.floor(random.between(0, last.bytes.length));
    const short = { ...last, bytes: last.bytes.subarray(0, length) };
    return edited(certain, [...edits.slice(0, -1), short]);
  }

  get #now(): Names {
    return this.#names.at(-1)!;
  }

  #file(path: string): File {
    const file = this.#now.get(path);
    if (file === undefined) throw new Error(`there is no ${path}`);
    return file;
  }

  #edit(file: File, edit: Edit): void {
    file.edits.push(edit);
    this.#lastEdited = file;
  }

  #append(file: File, bytes: Buffer): void {
    this.#edit(file, { do: 'write', at: file.end, bytes });
    file.end += bytes.length;
  }

  #create(path: string, empties: boolean): void {
    const file = this.#now.get(path);
    if (file === undefined) {
      this.#rename((names) => names.set(path, { certain: Buffer.of(), edits: [], end: 0 }));
    } else if (empties) {
      this.#edit(file, { do: 'truncate', size: 0 });
      file.end = 0;
    }
  }

  #rename(change: (names: Map<string, File>) => unknown): void {
    const names = new Map(this.#now);
    change(names);
    this.#names.push(names);
  }

  #sync(path: string): void {
    if (path === this.#folder) {
      this.#names = [this.#now];
      return;
    }
    const file = this.#file(path);
    file.certain = edited(file.certain, file.edits);
    file.edits = [];
  }
}

function edited(certain: Buffer, edits: readonly Edit[]): Buffer {
  let content = Buffer.from(certain);
  for (const edit of edits) {
    if (edit.do === 'truncate') {
      content = resized(content, edit.size);
    } else {
      const end = edit.at + edit.bytes.length;
      if (end > content.length) content = resized(content, end);
      edit.bytes.copy(content, edit.at);
    }
  }
  return content;
}

/** Of another length: cut, or with zeros behind it. */
function resized(content: Buffer, size: number): Buffer<ArrayBuffer> {
  const other = Buffer.alloc(size);
  content.copy(other);
  return other;
}
