/**
 * Canonical JSON: RFC 8785 within the limits of docs/spec/receipt.md section 3.
 *
 * One value has one text, and a violation is refused rather than repaired: `parseCanonical` accepts
 * exactly the bytes that `canonicalize` writes. Throws only `ProtocolError`, with the code
 * 'bad-json' or 'too-large'.
 */
import { checkBytes, checkInteger } from '../arguments.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { parseJson } from './parse.ts';
import { type JsonValue, MAX_JSON_BYTES, MAX_JSON_DEPTH } from './value.ts';

export { parseJson } from './parse.ts';
export type { JsonObject, JsonValue } from './value.ts';
export { isJsonObject, MAX_JSON_BYTES, MAX_JSON_DEPTH } from './value.ts';

/** What may still be written. It ends the work early on a value far above the limit. */
interface Budget {
  characters: number;
}

function refuse(message: string): never {
  throw new ProtocolError('bad-json', message);
}

function refuseSize(): never {
  throw new ProtocolError('too-large', 'JSON above its size limit');
}

/** A lower bound of the bytes to come: UTF-8 never has fewer bytes than UTF-16 has units. */
function spend(characters: number, budget: Budget): void {
  budget.characters -= characters;
  if (budget.characters < 0) refuseSize();
}

/** Text that needs no escape and no check of surrogates: most of it, and five times faster. */
const PLAIN = /^[ !#-[\]-~]*$/;

function writeString(text: string, budget: Budget): string {
  spend(text.length, budget);
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) refuse('string with a lone surrogate');
  // RFC 8785 takes its escapes from ECMAScript's JSON.stringify.
  return JSON.stringify(text);
}

function writeNumber(value: number): string {
  if (!Number.isSafeInteger(value)) refuse('number that is not an integer within 2^53-1');
  if (Object.is(value, -0)) refuse('negative zero');
  return String(value);
}

function checkDepth(depth: number): void {
  if (depth > MAX_JSON_DEPTH) refuse(`nested deeper than ${MAX_JSON_DEPTH}`);
}

function writeArray(items: readonly unknown[], depth: number, budget: Budget): string {
  checkDepth(depth);
  spend(items.length, budget);
  let out = '';
  // A counted loop visits the holes of a sparse array too, and they are refused.
  for (let i = 0; i < items.length; i++) {
    out += (i === 0 ? '' : ',') + writeValue(items[i], depth, budget);
  }
  return `[${out}]`;
}

type PlainObject = Readonly<Record<string, unknown>>;

/** Keys in canonical order: the default sort compares UTF-16 code units, as RFC 8785 asks. */
function sortedKeys(object: PlainObject, depth: number, budget: Budget): string[] {
  checkDepth(depth);
  const keys = Object.keys(object);
  spend(keys.length, budget);
  return keys.sort();
}

function writeMember(object: PlainObject, key: string, depth: number, budget: Budget): string {
  return `${writeString(key, budget)}:${writeValue(object[key], depth, budget)}`;
}

function writeObject(object: PlainObject, depth: number, budget: Budget): string {
  let out = '';
  for (const key of sortedKeys(object, depth, budget)) {
    out += (out === '' ? '' : ',') + writeMember(object, key, depth, budget);
  }
  return `{${out}}`;
}

function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `depth` is that of the container around the value. */
function writeValue(value: unknown, depth: number, budget: Budget): string {
  if (typeof value === 'string') return writeString(value, budget);
  if (typeof value === 'number') return writeNumber(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return writeArray(value, depth + 1, budget);
  if (isPlainObject(value)) return writeObject(value, depth + 1, budget);
  return refuse(`${typeof value} that JSON cannot express`);
}

function checkSize(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length > maxBytes) refuseSize();
  return bytes;
}

/**
 * Canonical bytes of a plain JSON value; `maxBytes` bounds the result. Members that are undefined
 * are refused like everything else that JSON cannot express.
 */
export function canonicalize(value: unknown, maxBytes = MAX_JSON_BYTES): Uint8Array {
  checkInteger(maxBytes, 'maxBytes');
  return checkSize(encodeUtf8(writeValue(value, 0, { characters: maxBytes })), maxBytes);
}

/**
 * Whether `JSON.stringify` writes this as `writeValue` does: its members are in canonical order, and nothing in
 * it is refused. Only for what came out of `JSON.parse`, which has no classes, holes or functions.
 */
function isOrdered(value: JsonValue, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return Number.isSafeInteger(value) && !Object.is(value, -0);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === MAX_JSON_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isOrdered(item, depth + 1));
  let last: string | undefined;
  for (const key of Object.keys(value)) {
    if (last !== undefined && key <= last) return false;
    if (!key.isWellFormed() || !isOrdered(value[key]!, depth + 1)) return false;
    last = key;
  }
  return true;
}

/** What `writeValue` would write or refuse, sooner for what is canonical already. */
function writeParsed(value: JsonValue): string {
  if (isOrdered(value, 0)) return JSON.stringify(value);
  // What is canonical is as long as its text; what is longer, as 1e15 is, is no matter of size.
  return writeValue(value, 0, { characters: Number.MAX_SAFE_INTEGER });
}

/** Canonical bytes of a part of what `parseCanonical` returned, such as an object without some members. */
export function canonicalizePart(part: JsonValue): Uint8Array {
  return encodeUtf8(writeParsed(part));
}

/** The value that `read` finds in a text, if the text is its canonical form. */
function readCanonical(text: string, read: () => JsonValue): JsonValue {
  const value = read();
  // Catches at once: repeated members, white space, odd escapes, another order, 1.0 and 1e3.
  const canonical = writeParsed(value);
  if (canonical !== text) {
    const isLonger = text.trimEnd() === canonical;
    refuse(`not in canonical form${isLonger ? ': there is white space after its end' : ''}`);
  }
  return value;
}

function parseQuickly(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('not JSON in UTF-8');
  }
}

/** The value of bytes that are its canonical form; anything else is refused. */
export function parseCanonical(bytes: Uint8Array, maxBytes = MAX_JSON_BYTES): JsonValue {
  checkBytes(bytes, 'JSON');
  checkInteger(maxBytes, 'maxBytes');
  checkSize(bytes, maxBytes);
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    return refuse('not JSON in UTF-8');
  }
  try {
    return readCanonical(text, () => parseQuickly(text));
  } catch (error) {
    // V8 13.6 (Node.js 24) may take a member's name that begins with an escape for one that was parsed before: after
    // JSON.parse('{"\\\\":1}') the same of '{"\\n":1}' has a member "\\". Our own parser decides then.
    if (!text.includes('\\')) throw error;
    return readCanonical(text, () => parseJson(bytes, maxBytes));
  }
}
