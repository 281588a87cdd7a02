/** A search by its URL: each has one canonical one, and what cannot be meant is said with what may have been. */
import type { LogsAnswer } from '#explorer/search/answers.ts';
import { FILTER_PARAMETERS } from '#explorer/search/fields.ts';
import { formatFilters, parseFilters } from '#explorer/search/filter-url.ts';
import { FilterError, type Filters } from '#explorer/search/filters.ts';
import { likelyMeant } from '#explorer/search/likely-meant.ts';
import { formatSearchText, readSearchText } from '#explorer/search/search-box.ts';
import type { ExplorerApi } from './api.ts';
import type { SearchData } from './page-data.ts';
import { searchUrl } from './route.ts';

export const PAGE_LIMIT = 25;

/** Another URL shows what is asked for here. */
export interface Redirect {
  readonly redirect: string;
}

export async function loadSearch(
  query: URLSearchParams,
  { logs }: LogsAnswer,
  api: ExplorerApi,
): Promise<SearchData | Redirect> {
  const text = query.get('q') ?? '';
  const cursor = query.get('cursor') || undefined;
  let filters: Filters;
  try {
    if (text !== '') {
      const meant = readSearchText(text, { logs: logs.map(({ log }) => log) });
      return { redirect: searchUrl(formatFilters(meant)) };
    }
    filters = parseFilters(query, ['q', 'cursor']);
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { parameter, message, suggestion } = error;
    const refused = { parameter, message, ...(suggestion !== undefined && { better: suggestion }) };
    return { page: 'search', query: '', text, fields: fieldsOf(query), refused };
  }
  const canonical = formatFilters(filters);
  const page = new URLSearchParams(canonical);
  if (cursor !== undefined) page.set('cursor', cursor);
  if (`${page}` !== `${query}`) return { redirect: searchUrl(page) };
  page.set('limit', `${PAGE_LIMIT}`);
  const found = await api.search(page);
  const isNothing = found.entries.length === 0 && found.next_cursor === undefined;
  const likely = isNothing && cursor === undefined ? likelyMeant(filters) : undefined;
  return {
    page: 'search',
    query: `${canonical}`,
    text: formatSearchText(filters),
    fields: fieldsOf(canonical),
    ...(cursor !== undefined && { cursor }),
    found,
    ...(likely !== undefined && { likely: `${formatFilters(likely)}` }),
  };
}

function fieldsOf(query: URLSearchParams): Record<string, string[]> {
  const known = FILTER_PARAMETERS.filter((name) => query.has(name));
  return Object.fromEntries(known.map((name) => [name, query.getAll(name)]));
}
