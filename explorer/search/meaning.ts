/** What one word of the search box means: the value of a field, a code reference, or what it looks like. */
import { nearestName } from '#protocol/nearest.ts';
import {
  type BoxContext,
  type Found,
  Misunderstanding,
  readField,
  readLog,
} from './field-value.ts';
import { FIELDS, FILTER_NAMES, type FilterName } from './fields.ts';
import { guess } from './guess.ts';
import type { Word } from './search-words.ts';
import { quoted } from './spellings.ts';

/** `name` is the field that the word names. Throws `Misunderstanding`. */
export function meaningOf(word: Word, name: FilterName | undefined, context: BoxContext): Found {
  if (name === undefined && isCode(word)) checkField(word, context);
  if (name === 'codeRef' || (name === undefined && isCode(word))) return codeOf(word);
  if (name === undefined) return guess(word.value, context);
  // A star means something in code references alone.
  const value = word.isPrefix && name !== 'codeRefPrefix' ? `${word.value}*` : word.value;
  const found = readField(name, value);
  return name === 'log' ? readLog(value, context) : found;
}

function isCode({ value, isQuoted, isPrefix }: Word): boolean {
  return isQuoted || isPrefix || /[:*]/.test(value);
}

/** Fields that a code reference may look like, when their names are mistyped. */
const OTHER_FIELDS = FILTER_NAMES.filter((name) => FIELDS[name].word !== FIELDS.codeRef.word);

/** Throws for what is the value of another field after a name that is close to that of the field. */
function checkField({ value, isQuoted, isPrefix }: Word, context: BoxContext): void {
  const colon = value.indexOf(':');
  if (isQuoted || isPrefix || colon < 0) return;
  const nearest = nearestName(
    value.slice(0, colon),
    OTHER_FIELDS.map((name) => FIELDS[name].word),
  );
  const name = OTHER_FIELDS.find((other) => FIELDS[other].word === nearest);
  if (name === undefined) return;
  const found = ifMeant(() => {
    const rest = value.slice(colon + 1);
    return name === 'log' ? readLog(rest, context) : readField(name, rest);
  });
  if (found === undefined) return;
  const { word, parameter } = FIELDS[name];
  const message = `did you mean ${word}:? A code reference that begins so is code:${quoted(value)}`;
  throw new Misunderstanding(message, found, parameter);
}

function ifMeant(find: () => Found): Found | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof Misunderstanding) return undefined;
    throw error;
  }
}

function codeOf({ value, isQuoted, isPrefix }: Word): Found {
  const star = isQuoted ? -1 : value.indexOf('*');
  if (star < 0) return readField(isPrefix ? 'codeRefPrefix' : 'codeRef', value);
  const message = `expected a star at the end only, or quotes around it, got ${quoted(value)}`;
  const better: Found | undefined =
    star === 0 ? undefined : readField('codeRefPrefix', value.slice(0, star));
  throw new Misunderstanding(message, better, FIELDS.codeRef.parameter);
}
