/**
 * The newest checkpoint of each log that this browser has verified, kept between visits: whatever is shown of the log
 * later has to extend it. One that is contradicted stays, so that each visit says so again.
 */
import { equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { formatNote } from '#protocol/note/note.ts';
import type { WitnessedCheckpoint } from '#protocol/policy/policy.ts';
import { integer, list, object, ShapeError, text } from '../shapes/shape.ts';
import type { TextStorage } from '../trust/text-storage.ts';

export interface SeenNote {
  readonly log: string;
  /** With the signature of the log and those of known witnesses, as far as there is room. */
  readonly note: string;
  readonly seenMs: number;
}

/** Those that were seen last are kept. */
export const MAX_SEEN_LOGS = 64;
/** Ten witnesses with ML-DSA-44 keys; the log's signature alone is kept of a longer one. */
const MAX_KEPT_NOTE = 40 * 1024;
const ITEM = 'tecp-explorer.seen';

const readItem = list(
  object({ log: text(1024), note: text(MAX_KEPT_NOTE), seen_ms: integer }),
  MAX_SEEN_LOGS,
);

export class SeenCheckpoints {
  readonly #storage: TextStorage;

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

  /** Whether it could be kept: a browser may keep nothing. */
  remember(
    { checkpoint, note, logKey, cosignatures }: WitnessedCheckpoint,
    nowMs: number,
  ): boolean {
    const log = checkpoint.origin;
    // Lines by keys that nobody here knows prove nothing later.
    const byLog = note.signatures.filter(
      ({ name, id }) => name === logKey.name && id === logKey.id,
    );
    const signatures = [...byLog, ...cosignatures.map(({ signature }) => signature)];
    const whole = keptNote({ text: note.text, signatures });
    const kept = whole ?? keptNote({ text: note.text, signatures: byLog });
    if (kept === undefined) return false;
    const others = this.#load().filter((seen) => seen.log !== log);
    const seen = [{ log, note: kept, seenMs: nowMs }, ...others].slice(0, MAX_SEEN_LOGS);
    return this.#write(seen);
  }

  /** For a visitor who has saved the evidence, or starts anew with a log. */
  forget(log: string): void {
    this.#write(this.#load().filter((seen) => seen.log !== log));
  }

  #write(all: readonly SeenNote[]): boolean {
    const item = all.map(({ log, note, seenMs }) => ({ log, note, seen_ms: seenMs }));
    try {
      this.#storage.write(ITEM, JSON.stringify(item));
      return true;
    } catch {
      // A full storage throws an error of the browser's own.
      return false;
    }
  }

  // Read each time, as other tabs of the browser write it too.
  #load(): readonly SeenNote[] {
    const item = this.#storage.read(ITEM);
    if (item === undefined) return [];
    try {
      const kept = readItem(JSON.parse(item), '');
      return kept.map(({ log, note, seen_ms }) => ({ log, note, seenMs: seen_ms }));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof ShapeError) return [];
      throw error;
    }
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
