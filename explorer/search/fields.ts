/**
 * The fields of a search: how each is called in URLs and in the search box, and how its value is read into its one
 * spelling and written. What a reader takes is what its writer wrote, and other spellings of the same.
 */
import { fromHex, toHex } from '#protocol/bytes.ts';
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { nearestName } from '#protocol/nearest.ts';
import { KNOWN_POLICY_IDS } from '#protocol/receipt/registry.ts';
import type { Filters } from './filters.ts';
import {
  MAX_VALUE_LENGTH,
  quoted,
  readB64u,
  readBytes,
  readIndex,
  readTime,
  SpellingError,
  writeBytes,
  writeTime,
} from './spellings.ts';

export type FilterName = keyof Filters;
/** Of a filter that has several values, one of them. */
type ValueOf<Name extends FilterName> =
  NonNullable<Filters[Name]> extends readonly (infer One)[] ? One : NonNullable<Filters[Name]>;

export interface Field<Value> {
  /** In URLs. */
  readonly parameter: string;
  /** In the search box. */
  readonly word: string;
  /** Throws `SpellingError`. */
  readonly read: (text: string) => Value;
  readonly write: (value: Value) => string;
}

const MIN_NONCE_BYTES = 16;
const MAX_NONCE_BYTES = 64;
/** Policies that one search may ask for; an entry claims at most 64. */
export const MAX_POLICIES = 16;

const readHash = (text: string) => readB64u(text, HASH_BYTES);
const hashField = (parameter: string, word: string): Field<string> => ({
  parameter,
  word,
  read: readHash,
  write: writeBytes,
});

/** In the order of a canonical URL. */
export const FIELDS: { readonly [Name in FilterName]-?: Field<ValueOf<Name>> } = {
  log: { parameter: 'log', word: 'log', read: readOrigin, write: String },
  index: { parameter: 'index', word: 'index', read: readIndex, write: String },
  leaf: {
    parameter: 'leaf',
    word: 'leaf',
    read: (text) => toHex(readBytes(text, HASH_BYTES, HASH_BYTES)),
    write: (hex) => toHex(fromHex(hex, HASH_BYTES)),
  },
  codeRef: { parameter: 'code_ref', word: 'code', read: readCodeRef, write: String },
  codeRefPrefix: { parameter: 'code_ref_prefix', word: 'code', read: readCodeRef, write: String },
  issuer: hashField('issuer', 'issuer'),
  policies: { parameter: 'policy', word: 'policy', read: readPolicy, write: String },
  inputHash: hashField('input_hash', 'input'),
  outputHash: hashField('output_hash', 'output'),
  nonce: {
    parameter: 'nonce',
    word: 'nonce',
    read: (text) => readB64u(text, MIN_NONCE_BYTES, MAX_NONCE_BYTES),
    write: writeBytes,
  },
  hash: hashField('hash', 'hash'),
  fromMs: { parameter: 'from', word: 'from', read: readTime, write: writeTime },
  toMs: { parameter: 'to', word: 'to', read: readTime, write: writeTime },
};

export const FILTER_NAMES = Object.keys(FIELDS) as readonly FilterName[];
/** Of URLs. */
export const FILTER_PARAMETERS: readonly string[] = FILTER_NAMES.map(
  (name) => FIELDS[name].parameter,
);

/** The field of any name, for code that handles all of them alike. */
export function fieldOf(name: FilterName): Field<unknown> {
  // The values that come out of its reader are those that go into its writer.
  return FIELDS[name] as Field<unknown>;
}

function readOrigin(text: string): string {
  if (text !== '' && text.length <= MAX_VALUE_LENGTH && text.isWellFormed()) return text;
  throw new SpellingError('the origin of a log', quoted(text));
}

function readCodeRef(text: string): string {
  if (/^[ -~]{1,256}$/.test(text)) return text;
  const got = text.length > 256 ? `${text.length} characters` : quoted(text);
  throw new SpellingError('a code reference of 1 to 256 printable ASCII characters', got);
}

function readPolicy(text: string): string {
  if (/^[a-z0-9][a-z0-9_]{0,63}$/.test(text)) return text;
  const expected = 'a policy id of 1 to 64 lowercase letters, digits and underscores';
  throw new SpellingError(expected, quoted(text), nearestName(text, KNOWN_POLICY_IDS));
}
