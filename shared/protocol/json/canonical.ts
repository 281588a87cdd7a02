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
import { type JsonObject, type JsonValue, MAX_JSON_BYTES, MAX_JSON_DEPTH } from './value.ts';

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

/** An object's members as canonical texts, for taking several views of it at one cost. */
export interface CanonicalObject {
  /** Canonical bytes of the object without the members named; refused above `maxBytes`. */
  bytesWithout(keys: readonly string[], maxBytes?: number): Uint8Array;
}

/** Canonicalises an object once; `maxBytes` bounds the whole of it. */
export function canonicalObject(object: JsonObject, maxBytes = MAX_JSON_BYTES): CanonicalObject {
  checkInteger(maxBytes, 'maxBytes');
  if (!isPlainObject(object)) refuse('object of a class');
  const budget: Budget = { characters: maxBytes };
  const members = new Map<string, string>();
  for (const key of sortedKeys(object, 1, budget)) {
    members.set(key, writeMember(object, key, 1, budget));
  }
  return {
    bytesWithout(keys, maxViewBytes = maxBytes) {
      checkInteger(maxViewBytes, 'maxBytes');
      let out = '';
      for (const [key, text] of members) {
        if (!keys.includes(key)) out += (out === '' ? '' : ',') + text;
      }
      return checkSize(encodeUtf8(`{${out}}`), maxViewBytes);
    },
  };
}

/** The value of bytes that are its canonical form; anything else is refused. */
export function parseCanonical(bytes: Uint8Array, maxBytes = MAX_JSON_BYTES): JsonValue {
  checkBytes(bytes, 'JSON');
  checkInteger(maxBytes, 'maxBytes');
  checkSize(bytes, maxBytes);
  let text: string;
  let value: JsonValue;
  try {
    text = decodeUtf8(bytes);
    value = JSON.parse(text);
  } catch {
    return refuse('not JSON in UTF-8');
  }
  // Catches at once: repeated members, white space, odd escapes, another order, 1.0 and 1e3.
  // What is canonical is as long as the text; what is longer, as 1e15 is, is no matter of size.
  const canonical = writeValue(value, 0, { characters: Number.MAX_SAFE_INTEGER });
  if (canonical !== text) {
    const isLonger = text.trimEnd() === canonical;
    refuse(`not in canonical form${isLonger ? ': there is white space after its end' : ''}`);
  }
  return value;
}
