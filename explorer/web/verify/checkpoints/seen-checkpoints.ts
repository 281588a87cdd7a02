/**
 * The newest checkpoint of each log that this browser has verified, kept between visits: whatever is shown of the log
 * later has to extend it. One that is contradicted stays, so that each visit says so again. No log is forgotten in
 * favour of another: a server that lists many would choose which.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { formatNote } from '#protocol/note/note.ts';
import { verifiedNote, type WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import { integer, list, object, ShapeError, text } from '../shapes/shape.ts';
import type { TextStorage } from '../trust/text-storage.ts';

export interface SeenNote {
  readonly log: string;
  /** With the signature of the log and those of known witnesses, as far as there is room. */
  readonly note: string;
  readonly seenMs: number;
}

/** More than an answer may list. */
export const MAX_SEEN_LOGS = 1024;
/** Of all together, in characters: browsers give each site five million, and the visitor's policies have theirs. */
const MAX_KEPT = 2 * 1024 * 1024;
/** Ten witnesses with ML-DSA-44 keys; the log's signature alone is kept of a longer one. */
const MAX_KEPT_NOTE = 40 * 1024;
const ITEM = 'tecp-explorer.seen';

const readItem = list(
  object({ log: text(1024), note: text(MAX_KEPT_NOTE), seen_ms: integer }),
  MAX_SEEN_LOGS,
);

/** What became of one to be remembered: where there is no room for it, or another tab came first, nothing changes. */
export type Remembered = 'kept' | 'no-room' | 'changed';

export class SeenCheckpoints {
  readonly #storage: TextStorage;
  // Owned by #load and #write: what the text of the item says.
  #parsed: { readonly item: string; readonly all: readonly SeenNote[] } | undefined;

  constructor(storage: TextStorage) {
    this.#storage = storage;
  }

  /** The last one that was seen first. */
  get all(): readonly SeenNote[] {
    return this.#load();
  }

  of(log: string): SeenNote | undefined {
    return this.all.find((seen) => seen.log === log);
  }

  /** In place of `replaced`, with which the caller has compared it. */
  remember(opened: WitnessedCheckpoint, replaced: SeenNote | undefined, nowMs: number): Remembered {
    const log = opened.checkpoint.origin;
    if (this.of(log)?.note !== replaced?.note) return 'changed';
    const others = this.all.filter((seen) => seen.log !== log);
    if (others.length >= MAX_SEEN_LOGS) return 'no-room';
    const { text, signatures } = verifiedNote(opened);
    const isKept = [signatures, signatures.slice(0, 1)].some((lines) => {
      const kept = keptNote({ text, signatures: lines });
      return kept !== undefined && this.#write([{ log, note: kept, seenMs: nowMs }, ...others]);
    });
    return isKept ? 'kept' : 'no-room';
  }

  /** For a visitor who has saved the evidence, or starts anew with a log. */
  forget(log: string): void {
    this.#write(this.#load().filter((seen) => seen.log !== log));
  }

  #write(all: readonly SeenNote[]): boolean {
    const item = JSON.stringify(
      all.map(({ log, note, seenMs }) => ({ log, note, seen_ms: seenMs })),
    );
    if (item.length > MAX_KEPT) return false;
    try {
      this.#storage.write(ITEM, item);
      this.#parsed = { item, all };
      return true;
    } catch {
      // A full storage throws an error of the browser's own.
      return false;
    }
  }

  // Read each time, as other tabs of the browser write it too.
  #load(): readonly SeenNote[] {
    const item = this.#storage.read(ITEM) ?? '[]';
    if (this.#parsed?.item !== item) this.#parsed = { item, all: parseItem(item) };
    return this.#parsed.all;
  }
}

function parseItem(item: string): SeenNote[] {
  try {
    const kept = readItem(JSON.parse(item), '');
    return kept.map(({ log, note, seen_ms }) => ({ log, note, seenMs: seen_ms }));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof ShapeError) return [];
    throw error;
  }
}

function keptNote(note: Parameters<typeof formatNote>[0]): string | undefined {
  try {
    const text = formatNote(note);
    return text.length > MAX_KEPT_NOTE ? undefined : text;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** Whether two checkpoints are of one tree. */
export function isSameTree(
  a: WitnessedCheckpoint['checkpoint'],
  b: WitnessedCheckpoint['checkpoint'],
): boolean {
  return a.size === b.size && equalBytes(a.root, b.root);
}
