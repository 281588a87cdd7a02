/** What one word of the search box means: a field's value, or by its look an index, a hash, a policy or code. */
import { HASH_BYTES } from '#protocol/merkle/hash.ts';
import { nearestName } from '#protocol/nearest.ts';
import { KNOWN_POLICY_IDS } from '#protocol/receipt/registry.ts';
import { FIELDS, type FilterName, fieldOf } from './fields.ts';
import type { Word } from './search-words.ts';
import { quoted, readB64u, SpellingError } from './spellings.ts';

/** What is known where the box stands. */
export interface BoxContext {
  /** Origins of the logs that can be searched. */
  readonly logs: readonly string[];
}

/** A filter and its value, or one of its values. */
export type Found = readonly [FilterName, unknown];

/** A word that cannot be meant. */
export class Misunderstanding extends Error {
  override readonly name = 'Misunderstanding';
  readonly parameter: string | undefined;
  /** What was likely meant. */
  readonly better: Found | undefined;

  constructor(message: string, better?: Found, parameter?: string) {
    super(message);
    this.better = better;
    this.parameter = parameter;
  }
}

/** `name` is the field that the word names. Throws `Misunderstanding`. */
export function meaningOf(word: Word, name: FilterName | undefined, context: BoxContext): Found {
  if (name === 'codeRef' || (name === undefined && isCode(word))) return codeOf(word);
  if (name === undefined) return guess(word.value, context);
  // A star means something in code references alone.
  const value = word.isPrefix && name !== 'codeRefPrefix' ? `${word.value}*` : word.value;
  const found = read(name, value);
  return name === 'log' ? checkLog(value, context) : found;
}

function read(name: FilterName, value: string): Found {
  const { parameter, word, read: readValue } = fieldOf(name);
  try {
    return [name, readValue(value)];
  } catch (error) {
    if (!(error instanceof SpellingError)) throw error;
    const { message, better } = error;
    const found: Found | undefined = better === undefined ? undefined : [name, readValue(better)];
    throw new Misunderstanding(`${word}: ${message}`, found, parameter);
  }
}

function isCode({ value, isQuoted, isPrefix }: Word): boolean {
  return isQuoted || isPrefix || /[:*]/.test(value);
}

function codeOf({ value, isQuoted, isPrefix }: Word): Found {
  const star = isQuoted ? -1 : value.indexOf('*');
  if (star < 0) return read(isPrefix ? 'codeRefPrefix' : 'codeRef', value);
  const message = `expected a star at the end only, or quotes around it, got ${quoted(value)}`;
  const better: Found | undefined =
    star === 0 ? undefined : read('codeRefPrefix', value.slice(0, star));
  throw new Misunderstanding(message, better, FIELDS.codeRef.parameter);
}

function checkLog(origin: string, { logs }: BoxContext): Found {
  if (logs.includes(origin)) return ['log', origin];
  const nearest = nearestName(origin, logs);
  const better: Found | undefined = nearest === undefined ? undefined : ['log', nearest];
  const message = `log: expected one of the logs that are read here, got ${quoted(origin)}`;
  throw new Misunderstanding(message, better, FIELDS.log.parameter);
}

const HEX_DIGITS = /^[0-9a-f]{7,128}$/i;
const GIT_HASH_DIGITS = 40;

/** A value alone, which is no code reference. */
function guess(value: string, { logs }: BoxContext): Found {
  if (/^\d{1,16}$/.test(value)) return read('index', value);
  if (KNOWN_POLICY_IDS.includes(value)) return ['policies', value];
  if (logs.includes(value)) return ['log', value];
  const hash = bytesOf(value, HASH_BYTES, HASH_BYTES);
  if (hash !== undefined) return ['hash', hash];
  if (HEX_DIGITS.test(value)) throw wrongHash(value);
  const nonce = /^[a-z0-9_]*$/.test(value) ? undefined : bytesOf(value, 16, 64);
  if (nonce !== undefined) {
    throw new Misunderstanding(`write nonce: before a nonce, got ${quoted(value)}`, [
      'nonce',
      nonce,
    ]);
  }
  throw wrongName(value, logs);
}

function bytesOf(value: string, min: number, max: number): string | undefined {
  try {
    return readB64u(value, min, max);
  } catch (error) {
    if (error instanceof SpellingError) return undefined;
    throw error;
  }
}

function wrongHash(digits: string): Misunderstanding {
  const { length } = digits;
  const hash = digits.toLowerCase();
  const message = `expected ${2 * HASH_BYTES} hex digits of a hash, got ${length}`;
  if (length > GIT_HASH_DIGITS) return new Misunderstanding(message);
  const isWhole = length === GIT_HASH_DIGITS;
  const better: Found = [isWhole ? 'codeRef' : 'codeRefPrefix', `git:${hash}`];
  return new Misunderstanding(
    `${message}; a commit is code:git:${hash}${isWhole ? '' : '*'}`,
    better,
  );
}

function wrongName(value: string, logs: readonly string[]): Misunderstanding {
  const policy = nearestName(value, KNOWN_POLICY_IDS);
  const log = nearestName(value, logs);
  const expected =
    'expected an index, a hash, a code reference such as git:0123*, the id of a known policy, or a word ' +
    'such as issuer:KEY, policy:ID, input:HASH, output:HASH, nonce:N, from:2026-11-23 or to:2026-11-24';
  const message = `${expected}; got ${quoted(value)}`;
  if (policy !== undefined) return new Misunderstanding(message, ['policies', policy]);
  return new Misunderstanding(message, log === undefined ? undefined : ['log', log]);
}
