/**
 * Vectors as files: sdk/vectors/README.md says what they are. Those whose texts are large are compressed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unusable } from '#cli/lib/errors.ts';
import { encodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { canonicalize, isJsonObject, type JsonValue, parseJson } from '#protocol/json/canonical.ts';

export interface Vector {
  /** The name of its file without the endings. */
  readonly file: string;
  readonly name: string;
  readonly why: string;
  /** A line of JSON, without its newline. */
  readonly request: string;
  /** Canonical JSON. */
  readonly answer: Uint8Array;
}

const ENDING = /\.vectors\.json(\.gz)?$/;
/** Far above what the files have; a canonical answer is bounded, and these are ours. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** All vectors of a folder in the order of the files' names. Throws when there are none. */
export function readVectors(folder: string): Vector[] {
  const names = readdirSync(folder).filter((name) => ENDING.test(name));
  if (names.length === 0) throw unusable(`There are no files *.vectors.json in ${folder}.`);
  return names.sort().flatMap((name) => readFile(folder, name));
}

function readFile(folder: string, name: string): Vector[] {
  const bytes = readFileSync(join(folder, name));
  const cases = casesOf((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
  if (cases === undefined) throw unusable(`${join(folder, name)} is not a file of vectors.`);
  return cases.map((vector) => ({ file: name.replace(ENDING, ''), ...vector }));
}

function casesOf(text: string): Omit<Vector, 'file'>[] | undefined {
  const value = parseOrUndefined(text);
  if (!isJsonObject(value) || !Array.isArray(value.cases)) return undefined;
  const cases = value.cases.map(readCase);
  return cases.every((vector) => vector !== undefined) ? cases : undefined;
}

/** A member whose name begins with an escape. */
const ESCAPED_NAME = /[{,]\s*"\\/;
const MAX_FILE_BYTES = 256 * 1024 * 1024;

/**
 * V8 13.6 may take a name that begins with an escape for one that was parsed before, so our own parser goes first
 * where there are any. It refuses what is no canonical value, such as 2^53, which a request may hold.
 */
function parseOrUndefined(text: string): unknown {
  try {
    if (ESCAPED_NAME.test(text)) return parseJson(encodeUtf8(text), MAX_FILE_BYTES);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readCase(value: JsonValue): Omit<Vector, 'file'> | undefined {
  if (!isJsonObject(value)) return undefined;
  const { name, why, request, answer } = value;
  if (typeof name !== 'string' || typeof why !== 'string') return undefined;
  if (!isJsonObject(request) || !isJsonObject(answer)) return undefined;
  const expected = canonicalize(answer, MAX_ANSWER_BYTES);
  return { name, why, request: JSON.stringify(request), answer: expected };
}
