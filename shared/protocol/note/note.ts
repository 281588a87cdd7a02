/**
 * Signed notes (C2SP signed-note): a text, an empty line, and signature lines.
 *
 * Parsing checks the form only and trusts nothing: the text means nothing until a known key's
 * signature over it has been verified. What `parseNote` accepts, `formatNote` writes back byte for
 * byte. Sizes and counts are capped before any work is done.
 */
import { checkText } from '../arguments.ts';
import { decodeBase64WithSpareBits, encodeBase64 } from '../base64.ts';
import { concatBytes, fromHex, isLongerThan, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { isKeyName } from './key.ts';
import { recode } from './recode.ts';

/**
 * Largest note, in UTF-8 bytes: a checkpoint's longest text with an ML-DSA-44 cosignature, 3.5 kB with
 * the longest name, by each of the 256 witnesses that a policy may list. It fits a receipt.
 */
export const MAX_NOTE_BYTES = 960 * 1024;
/** Most signature lines in one note: one for each log and each witness of the largest policy. */
export const MAX_NOTE_SIGNATURES = 512;

const DASH = '\u2014 ';
const KEY_ID_BYTES = 4;

export interface NoteSignature {
  readonly name: string;
  /** Key ID, eight lowercase hex digits. */
  readonly id: string;
  /** The signature without the four key ID bytes; never empty. */
  readonly bytes: Uint8Array;
  /**
   * The base64 as it stands in the note, when its spare bits are not zero. Such a line is carried
   * along for keys that nobody here knows; for a known key it is bad: see `signaturesBy`.
   */
  readonly loose?: string;
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
  const encoded = signature.loose ?? encodeBase64(concatBytes(id, signature.bytes));
  return `${DASH}${signature.name} ${encoded}\n`;
}

/** Whether base64 ends as the encoder would have ended it, its spare bits zero. */
function hasZeroSpareBits(encoded: string, bytes: Uint8Array): boolean {
  return encoded.endsWith(encodeBase64(bytes.subarray(bytes.length - (bytes.length % 3))));
}

/** Parses one signature line, given with or without its newline. Throws `bad-note`. */
export function parseSignatureLine(line: string): NoteSignature {
  checkText(line, 'signature line');
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
  const bytes = recode('bad-note', 'signature', () => decodeBase64WithSpareBits(encoded));
  if (bytes.length <= KEY_ID_BYTES) throw badNote('signature without bytes', 'signature');
  const id = toHex(bytes.subarray(0, KEY_ID_BYTES));
  const signature = { name, id, bytes: bytes.slice(KEY_ID_BYTES) };
  return hasZeroSpareBits(encoded, bytes) ? signature : { ...signature, loose: encoded };
}

/**
 * Parses one or more signature lines and nothing else, such as the body of a witness's answer.
 * Throws `bad-note`, or `too-large` beyond the caps of a note.
 */
export function parseSignatureLines(block: string): NoteSignature[] {
  checkText(block, 'signature lines');
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note forbids exactly these
const FORBIDDEN = /[\u0000-\u0009\u000b-\u001f]/;

/** Valid Unicode, nothing below U+0020 but newline, within the cap; else `bad-note`, `too-large`. */
function checkCharacters(note: string): void {
  checkText(note, 'note');
  if (isLongerThan(note, MAX_NOTE_BYTES)) {
    throw new ProtocolError('too-large', `note above ${MAX_NOTE_BYTES} bytes`);
  }
  if (!note.isWellFormed()) throw badNote('not valid Unicode');
  if (FORBIDDEN.test(note)) throw badNote('control character in a note');
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

type KeyIdentity = Pick<NoteSignature, 'name' | 'id'>;

function isBy(signature: NoteSignature, { name, id }: KeyIdentity): boolean {
  return signature.name === name && signature.id === id;
}

/** Whether a line of the note claims to be by the key of this name and ID. */
export function claimsSignatureBy({ signatures }: Note, key: KeyIdentity): boolean {
  return signatures.some((signature) => isBy(signature, key));
}

/**
 * The signatures of a note that claim to be by the key of this name and ID. A known key's line is
 * canonical or bad: spare bits that are not zero throw `bad-signature`.
 */
export function signaturesBy({ signatures }: Note, key: KeyIdentity): NoteSignature[] {
  const lines = signatures.filter((signature) => isBy(signature, key));
  if (lines.some(({ loose }) => loose !== undefined)) {
    throw new ProtocolError('bad-signature', `signature by ${key.name} is not canonical base64`);
  }
  return lines;
}

/** The same, each once: a line that is repeated sixty times is to be verified once. */
export function distinctSignaturesBy(note: Note, key: KeyIdentity): NoteSignature[] {
  const lines = signaturesBy(note, key);
  if (lines.length < 2) return lines;
  return [...new Map(lines.map((line) => [toHex(line.bytes), line])).values()];
}
