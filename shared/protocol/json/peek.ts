/**
 * Reads one member of a JSON text without parsing the rest: enough to tell kinds of documents apart.
 *
 * It judges nothing. Of a text that is no JSON, or has the member twice, what it returns means little;
 * whoever parses the text refuses it.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPENING = [0x7b, 0x5b]; // { and [
const CLOSING = [0x7d, 0x5d]; // } and ]
const WHITE_SPACE = [0x20, 0x09, 0x0a, 0x0d];
const LETTER_U = 0x75;
/** `\u0061`. */
const ESCAPE_LENGTH = 6;
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The first string that the outermost object has under this name, of ASCII letters, if it has one. Never
 * throws.
 */
export function peekString(json: Uint8Array, name: string): string | undefined {
  let depth = 0;
  for (let i = skipWhiteSpace(json, 0); i < json.length; i++) {
    const byte = json[i]!;
    if (OPENING.includes(byte)) depth++;
    else if (CLOSING.includes(byte)) depth--;
    else if (byte === QUOTE) {
      const end = endOfString(json, i);
      const colon = skipWhiteSpace(json, end);
      if (depth === 1 && json[colon] === COLON && spells(json, i, end, name)) {
        const value = skipWhiteSpace(json, colon + 1);
        return json[value] === QUOTE ? stringAt(json, value, endOfString(json, value)) : undefined;
      }
      i = end - 1;
    }
    if (depth === 0) return undefined;
  }
  return undefined;
}

function skipWhiteSpace(json: Uint8Array, from: number): number {
  let i = from;
  while (WHITE_SPACE.includes(json[i]!)) i++;
  return i;
}

/** Where the string that begins at `start` is over: after its closing quote, or the text's end. */
function endOfString(json: Uint8Array, start: number): number {
  for (let quote = json.indexOf(QUOTE, start + 1); ; quote = json.indexOf(QUOTE, quote + 1)) {
    if (quote < 0) return json.length;
    let escapes = 0;
    while (json[quote - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return quote + 1;
  }
}

/**
 * Whether the string is the name, which is ASCII letters: only `\u0061` spells those in another way. It is
 * not parsed, as a mebibyte of broken strings would take seconds.
 */
function spells(json: Uint8Array, start: number, end: number, name: string): boolean {
  let at = start + 1;
  for (let i = 0; i < name.length; i++) {
    if (json[at] === name.charCodeAt(i)) at++;
    else if (escaped(json, at) === name.charCodeAt(i)) at += ESCAPE_LENGTH;
    else return false;
  }
  return at === end - 1;
}

/** The code unit that `\u` and four digits stand for, if they are here. */
function escaped(json: Uint8Array, at: number): number | undefined {
  if (json[at] !== BACKSLASH || json[at + 1] !== LETTER_U) return undefined;
  let unit = 0;
  for (let i = at + 2; i < at + ESCAPE_LENGTH; i++) unit = unit * 16 + hexDigit(json[i]);
  return unit;
}

/** NaN for what is none. */
function hexDigit(byte: number | undefined): number {
  return byte === undefined ? Number.NaN : Number(`0x${String.fromCharCode(byte)}`);
}

function stringAt(json: Uint8Array, start: number, end: number): string | undefined {
  try {
    return JSON.parse(decoder.decode(json.subarray(start, end)));
  } catch {
    return undefined;
  }
}
