/**
 * The words of a search box: `field:value`, or a value alone. A value with spaces, or that would be taken for
 * something else, stands in quotes, in which a backslash goes before a quote or a backslash.
 */
import { quoted, SpellingError } from './spellings.ts';

export interface Word {
  /** What is before the colon, if that is the name of a field; in lower case. */
  readonly field: string | undefined;
  readonly value: string;
  /** Whether the value was in quotes: then it is meant as it is. */
  readonly isQuoted: boolean;
  /** Whether a star comes after the value, which is then the beginning of what is looked for. */
  readonly isPrefix: boolean;
}

/** Most characters of a search. */
export const MAX_SEARCH_TEXT = 8192;
const MAX_WORDS = 48;
const WORD = /(?:([a-z_]+):)?"((?:[^"\\]|\\["\\])*)"(\*?)(?=\s|$)|\S+/gi;
const BARE = /^(?:([a-z_]+):)?(.*?)(\*?)$/is;
/** What stands without quotes. */
const PLAIN = /^[^\s"\\*]+$/;

/** `fields` are the names that may stand before a colon. Throws `SpellingError`. */
export function splitWords(text: string, fields: readonly string[]): Word[] {
  if (text.length > MAX_SEARCH_TEXT) {
    throw new SpellingError(`at most ${MAX_SEARCH_TEXT} characters`, String(text.length));
  }
  if (!text.isWellFormed()) throw new SpellingError('text of whole characters', 'half of one');
  const words = Array.from(text.matchAll(WORD), (match) => wordOf(match, fields));
  if (words.length <= MAX_WORDS) return words;
  throw new SpellingError(`at most ${MAX_WORDS} words`, String(words.length));
}

function wordOf([word, name, text, star]: RegExpExecArray, fields: readonly string[]): Word {
  if (text === undefined) return bareWord(word, fields);
  const field = name?.toLowerCase();
  if (field !== undefined && !fields.includes(field)) {
    throw new SpellingError('the name of a field before a value in quotes', quoted(field));
  }
  const value = text.replaceAll(/\\(["\\])/g, '$1');
  return { field, value, isQuoted: true, isPrefix: star !== '' };
}

/** What is before the colon may also be part of the value, as in `git:0123`. */
function bareWord(word: string, fields: readonly string[]): Word {
  const [, name, rest, star] = BARE.exec(word)!;
  const field = name?.toLowerCase();
  const isField = field !== undefined && fields.includes(field);
  const value = isField ? rest! : word.slice(0, word.length - star!.length);
  if (value.startsWith('"')) throw new SpellingError('a quote at the end, too', quoted(word));
  return { field: isField ? field : undefined, value, isQuoted: false, isPrefix: star !== '' };
}

/** A value as `splitWords` reads it. */
export function quoteWord(value: string): string {
  return PLAIN.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}
