/**
 * What a signed note says of itself, to be shown. Nothing is verified here, and nothing is refused: a note that
 * cannot be read is shown as it is, and the checks say what is wrong with it.
 */
import { toHex } from '#protocol/bytes.ts';
import { bytesOf } from './entry-bytes.ts';

export interface NoteText {
  readonly origin: string;
  readonly size: string;
  /** Lowercase hex, as pages show all roots; as the note has it where that is no base64. */
  readonly root: string;
  /** Names of those of whom there is a signature line, each once. */
  readonly signers: readonly string[];
}

const MAX_SIGNERS = 64;

export function readNote(note: string): NoteText | undefined {
  const split = note.lastIndexOf('\n\n');
  if (split < 0) return undefined;
  const [origin = '', size = '', root = ''] = note.slice(0, split).split('\n');
  const lines = note
    .slice(split + 2)
    .split('\n')
    .filter((line) => line.startsWith('— '));
  const names = lines.map((line) => line.slice(2, line.lastIndexOf(' ')));
  const hash = bytesOf(root);
  return {
    origin,
    size,
    root: hash === undefined ? root : toHex(hash),
    signers: [...new Set(names)].slice(0, MAX_SIGNERS),
  };
}
