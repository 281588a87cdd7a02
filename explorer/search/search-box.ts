/**
 * The one search box: text that people type, as filters, and filters as the text that means them. What cannot be
 * understood is a `FilterError` that says what was expected, and where it can which search was likely meant.
 */

import { type BoxContext, type Found, Misunderstanding } from './field-value.ts';
import { FIELDS, FILTER_NAMES, type FilterName, fieldOf } from './fields.ts';
import { checkTogether, formatFilters, valuesOf } from './filter-url.ts';
import { FilterError, type Filters } from './filters.ts';
import { meaningOf } from './meaning.ts';
import { quoteWord, splitWords, type Word } from './search-words.ts';
import { quoted, SpellingError } from './spellings.ts';

/** The parameter of errors that concern no single field, and of URLs that have the box's text. */
export const TEXT_PARAMETER = 'q';

/** By what stands before the colon; the parameters of URLs mean the same here. */
const NAMES: ReadonlyMap<string, FilterName> = new Map([
  ...FILTER_NAMES.map((name) => [FIELDS[name].parameter, name] as const),
  // Which of two it is that have one word, the value says.
  ...FILTER_NAMES.toReversed().map((name) => [FIELDS[name].word, name] as const),
]);
/** Throws `FilterError`, for the first word that cannot be understood. */
export function readSearchText(text: string, context: BoxContext): Filters {
  const found: Found[] = [];
  let wrong: Misunderstanding | undefined;
  for (const word of wordsOf(text)) {
    try {
      found.push(meaningOf(word, NAMES.get(word.field ?? ''), context));
    } catch (error) {
      if (!(error instanceof Misunderstanding)) throw error;
      wrong ??= error;
    }
  }
  if (wrong === undefined) return together(found);
  const { parameter = TEXT_PARAMETER, message, better } = wrong;
  throw new FilterError(parameter, message, better && queryOf([...found, better]));
}

/** What the box shows for a search, which it reads as the same filters. */
export function formatSearchText(filters: Filters): string {
  return FILTER_NAMES.flatMap((name) =>
    valuesOf(filters, name).map((value) => {
      const { word, write } = fieldOf(name);
      const text = write(value);
      if (name === 'index' || name === 'hash') return text;
      return `${word}:${quoteWord(text)}${name === 'codeRefPrefix' ? '*' : ''}`;
    }),
  ).join(' ');
}

function wordsOf(text: string): Word[] {
  try {
    return splitWords(text, [...NAMES.keys()]);
  } catch (error) {
    if (!(error instanceof SpellingError)) throw error;
    throw new FilterError(TEXT_PARAMETER, error.message);
  }
}

function together(found: readonly Found[]): Filters {
  const byName = Map.groupBy(found, ([name]) => name);
  const members = [...byName].map(([name, all]): [FilterName, unknown] => {
    const values = all.map(([, value]) => value);
    if (name === 'policies') return [name, values];
    if (values.length === 1) return [name, values[0]];
    const { parameter, word, write } = fieldOf(name);
    const message = `expected one ${word}, got ${values.map((one) => quoted(write(one))).join(' and ')}`;
    throw new FilterError(parameter, message);
  });
  return checkTogether(Object.fromEntries(members) as Filters);
}

/** Undefined where it would not be a search, either. */
function queryOf(found: readonly Found[]): string | undefined {
  try {
    return formatFilters(together(found)).toString();
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}
