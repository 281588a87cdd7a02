/**
 * Signed notes (C2SP signed-note): a text, an empty line, and signature lines.
 *
 * Parsing checks the form only and trusts nothing: the text means nothing until a known key's
 * signature over it has been verified. What `parseNote` accepts, `formatNote` writes back byte for
 * byte. Sizes and counts are capped before any work is done.
 */
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { concatBytes, encodeUtf8, fromHex, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { isKeyName } from './key.ts';
import { recode } from './recode.ts';

/** Largest note, in UTF-8 bytes: room for 64 ML-DSA-44 cosignatures of 3.3 kB each. */
export const MAX_NOTE_BYTES = 256 * 1024;
/** Most signature lines in one note; C2SP demands at least 16. */
export const MAX_NOTE_SIGNATURES = 64;

const DASH = '\u2014 ';
const KEY_ID_BYTES = 4;

export interface NoteSignature {
  readonly name: string;
  /** Key ID, eight lowercase hex digits. */
  readonly id: string;
  /** The signature without the four key ID bytes; never empty. */
  readonly bytes: Uint8Array;
}

export interface Note {
  /** The signed text, its last newline included. */
  readonly text: string;
  /** In the order of the lines; at least one; nothing of it verified. */
  readonly signatures: readonly NoteSignature[];
}

function badNote(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-note', message, field);
}

/** `— <name> <base64(key ID || signature)>` and a newline. Throws `bad-note` for impossible parts. */
export function formatSignatureLine(signature: NoteSignature): string {
  if (!isKeyName(signature.name)) throw badNote('not a key name', 'name');
  if (signature.bytes.length === 0) throw badNote('signature without bytes', 'signature');
  const id = recode('bad-note', 'id', () => fromHex(signature.id, KEY_ID_BYTES));
  return `${DASH}${signature.name} ${encodeBase64(concatBytes(id, signature.bytes))}\n`;
}

/** Parses one signature line, given with or without its newline. Throws `bad-note`. */
export function parseSignatureLine(line: string): NoteSignature {
  const content = line.endsWith('\n') ? line.slice(0, -1) : line;
  if (content.length > MAX_NOTE_BYTES) {
    throw new ProtocolError('too-large', `signature line above ${MAX_NOTE_BYTES} bytes`);
  }
  const space = content.indexOf(' ', DASH.length);
  if (!content.startsWith(DASH) || space < 0) {
    throw badNote('expected "\u2014 <name> <base64>"', 'signature');
  }
  const name = content.slice(DASH.length, space);
  if (!isKeyName(name)) throw badNote('not a key name in a signature line', 'name');
  const encoded = content.slice(space + 1);
  const bytes = recode('bad-note', 'signature', () => decodeBase64(encoded));
  if (bytes.length <= KEY_ID_BYTES) throw badNote('signature without bytes', 'signature');
  return { name, id: toHex(bytes.subarray(0, KEY_ID_BYTES)), bytes: bytes.slice(KEY_ID_BYTES) };
}

/**
 * Parses one or more signature lines and nothing else, such as the body of a witness's answer.
 * Throws `bad-note`, or `too-large` beyond the caps of a note.
 */
export function parseSignatureLines(block: string): NoteSignature[] {
  if (block.length > MAX_NOTE_BYTES) {
    throw new ProtocolError('too-large', `signatures above ${MAX_NOTE_BYTES} bytes`);
  }
  if (!block.endsWith('\n')) throw badNote('the last signature line has no newline');
  const lines = block.slice(0, -1).split('\n', MAX_NOTE_SIGNATURES + 1);
  if (lines.length > MAX_NOTE_SIGNATURES) {
    throw new ProtocolError('too-large', `more than ${MAX_NOTE_SIGNATURES} signatures`);
  }
  return lines.map(parseSignatureLine);
}

/** Valid Unicode, no control characters but newline, within the cap; else `bad-note`, `too-large`. */
function checkCharacters(note: string): void {
  if (note.length > MAX_NOTE_BYTES || encodeUtf8(note).length > MAX_NOTE_BYTES) {
    throw new ProtocolError('too-large', `note above ${MAX_NOTE_BYTES} bytes`);
  }
  if (!note.isWellFormed()) throw badNote('not valid Unicode');
  if (/[^\P{Cc}\n]/u.test(note)) throw badNote('control character in a note');
}

/** Parses a whole note. Throws `bad-note`, or `too-large` beyond the caps. */
export function parseNote(note: string): Note {
  checkCharacters(note);
  const separator = note.lastIndexOf('\n\n');
  if (separator < 0) throw badNote('no empty line between text and signatures');
  const signatures = parseSignatureLines(note.slice(separator + 2));
  return { text: note.slice(0, separator + 1), signatures };
}

/** The whole note. Throws `bad-note` or `too-large` for parts that would not parse back. */
export function formatNote(note: Note): string {
  if (!note.text.endsWith('\n')) throw badNote('the text does not end in a newline', 'text');
  if (note.signatures.length === 0)
    throw badNote('a note has at least one signature', 'signatures');
  if (note.signatures.length > MAX_NOTE_SIGNATURES) {
    throw new ProtocolError('too-large', `more than ${MAX_NOTE_SIGNATURES} signatures`);
  }
  const whole = `${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`;
  checkCharacters(whole);
  return whole;
}

/** The signatures of a note that claim to be by the key of this name and ID. */
export function signaturesBy(
  note: Note,
  key: { readonly name: string; readonly id: string },
): NoteSignature[] {
  return note.signatures.filter(({ name, id }) => name === key.name && id === key.id);
}
