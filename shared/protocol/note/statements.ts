/**
 * What signatures of notes say, and the bytes that are signed for it: C2SP tlog-cosignature, whose
 * statements of subtrees are also those of a log that cosigns its own tree.
 */
import { concatBytes, encodeUint64, encodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';

/** What a cosignature says. */
export interface CosignatureStatement {
  /** Of the key. */
  readonly name: string;
  readonly timeSeconds: number;
  /** Of the checkpoint, as signed by its log. */
  readonly text: string;
  /** The same, parsed. */
  readonly checkpoint: {
    readonly origin: string;
    readonly size: number;
    readonly root: Uint8Array;
  };
}

/** What a cosignature of a subtree says: that it is consistent with all that the cosigner has seen. */
export interface SubtreeStatement {
  /** Of the log. */
  readonly origin: string;
  /** Leaves from `start` to below `end`. */
  readonly start: number;
  readonly end: number;
  readonly hash: Uint8Array;
  /** Of the key. */
  readonly name: string;
}

/** What a line of a log says; the time is in the line, if it has one. */
export type LogStatement = Omit<CosignatureStatement, 'timeSeconds'>;

/** A header with the time, and the checkpoint as it is. */
export function textMessage({ timeSeconds, text }: CosignatureStatement): Uint8Array {
  return encodeUtf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

/** A whole tree at a time. */
export function treeMessage(
  name: string,
  { origin, size, root }: CosignatureStatement['checkpoint'],
  timeSeconds: number,
): Uint8Array {
  return subtreeMessage({ name, origin, start: 0, end: size, hash: root }, timeSeconds);
}

/** A subtree at a time, which is 0 for none; a whole tree is the subtree from 0 to its size. */
export function subtreeMessage(statement: SubtreeStatement, timeSeconds: number): Uint8Array {
  const { name, origin, start, end, hash } = statement;
  return concatBytes(
    encodeUtf8('subtree/v1\n\0'),
    shortString(name, 'name'),
    encodeUint64(timeSeconds),
    shortString(origin, 'origin'),
    encodeUint64(start),
    encodeUint64(end),
    hash,
  );
}

/** One length byte and the UTF-8 of a name of 1 to 255 bytes. */
function shortString(text: string, field: string): Uint8Array {
  const bytes = encodeUtf8(text);
  if (bytes.length === 0 || bytes.length > 255) {
    const message = `expected 1 to 255 bytes, got ${bytes.length}`;
    throw new ProtocolError('bad-cosignature', message, field);
  }
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
