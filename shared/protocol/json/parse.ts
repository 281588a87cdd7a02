/**
 * A strict JSON parser for texts that need not be canonical (docs/spec/receipt.md section 3).
 *
 * It takes what RFC 8259 allows within the limits of canonical form: white space, any order of
 * members and any escape, but no repeated member, no fraction, exponent or -0, no lone surrogate,
 * no byte order mark. `canonicalize` accepts whatever it returns, up to size. Throws only
 * `ProtocolError`, with the code 'bad-json' or 'too-large'.
 */
import { checkBytes, checkInteger } from '../arguments.ts';
import { decodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { type JsonObject, type JsonValue, MAX_JSON_BYTES, MAX_JSON_DEPTH } from './value.ts';

// Sticky, so that each matches at the reader's position or not at all.
const WHITE_SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** The text and how far it has been read; owned by one call of `parseJson`. */
interface Reader {
  readonly text: string;
  position: number;
}

function refuse(reader: Reader, message: string): never {
  throw new ProtocolError('bad-json', `${message} at character ${reader.position}`);
}

/** The text that the pattern matches here, or undefined; moves past it. */
function match(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.position;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.position += found.length;
  return found;
}

/** Skips white space and tells whether `token` comes next; moves past it if so. */
function take(reader: Reader, token: string): boolean {
  match(reader, WHITE_SPACE);
  if (!reader.text.startsWith(token, reader.position)) return false;
  reader.position += token.length;
  return true;
}

function readString(reader: Reader): string {
  match(reader, WHITE_SPACE);
  const literal = match(reader, STRING);
  if (literal === undefined) return refuse(reader, 'expected a string');
  const value: string = JSON.parse(literal);
  return value.isWellFormed() ? value : refuse(reader, 'string with a lone surrogate');
}

function readNumber(reader: Reader): number {
  const literal = match(reader, NUMBER);
  if (literal === undefined) return refuse(reader, 'expected a value');
  const value = Number(literal);
  const ok = /^-?[0-9]+$/.test(literal) && literal !== '-0' && Number.isSafeInteger(value);
  return ok ? value : refuse(reader, 'number that is not an integer within 2^53-1');
}

function readArray(reader: Reader, depth: number): JsonValue[] {
  const items: JsonValue[] = [];
  if (take(reader, ']')) return items;
  do items.push(readValue(reader, depth));
  while (take(reader, ','));
  return take(reader, ']') ? items : refuse(reader, 'expected , or ]');
}

/** Sets an own member, also one named `__proto__`, as JSON.parse does. */
function setMember(object: JsonObject, key: string, value: JsonValue): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true });
}

function readObject(reader: Reader, depth: number): JsonObject {
  const object: JsonObject = {};
  if (take(reader, '}')) return object;
  do {
    const key = readString(reader);
    if (Object.hasOwn(object, key)) refuse(reader, 'repeated member');
    if (!take(reader, ':')) refuse(reader, 'expected :');
    const value = readValue(reader, depth);
    setMember(object, key, value);
  } while (take(reader, ','));
  return take(reader, '}') ? object : refuse(reader, 'expected , or }');
}

/** `depth` is that of the container around the value. */
function readValue(reader: Reader, depth: number): JsonValue {
  match(reader, WHITE_SPACE);
  const first = reader.text[reader.position];
  if (first === '{' || first === '[') {
    if (depth === MAX_JSON_DEPTH) refuse(reader, `nested deeper than ${MAX_JSON_DEPTH}`);
    reader.position++;
    return first === '{' ? readObject(reader, depth + 1) : readArray(reader, depth + 1);
  }
  if (first === '"') return readString(reader);
  if (take(reader, 'true')) return true;
  if (take(reader, 'false')) return false;
  if (take(reader, 'null')) return null;
  return readNumber(reader);
}

/** The value of a JSON text; `maxBytes` bounds the text. */
export function parseJson(bytes: Uint8Array, maxBytes = MAX_JSON_BYTES): JsonValue {
  checkBytes(bytes, 'JSON');
  checkInteger(maxBytes, 'maxBytes');
  if (bytes.length > maxBytes) {
    throw new ProtocolError('too-large', `JSON of ${bytes.length} bytes, at most ${maxBytes}`);
  }
  const reader: Reader = { text: decodeJsonText(bytes), position: 0 };
  const value = readValue(reader, 0);
  match(reader, WHITE_SPACE);
  return reader.position === reader.text.length ? value : refuse(reader, 'text after the value');
}

function decodeJsonText(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw new ProtocolError('bad-json', 'not valid UTF-8');
  }
}
