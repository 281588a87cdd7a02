/**
 * Filters as the query of a URL. A search has one canonical URL: each value in its one spelling, in the order of
 * `FIELDS`. An empty parameter asks for nothing, as forms send it; one that is unknown, or repeated, is refused.
 */
import { nearestName } from '#protocol/nearest.ts';
import {
  FIELDS,
  FILTER_NAMES,
  FILTER_PARAMETERS,
  type FilterName,
  fieldOf,
  MAX_POLICIES,
} from './fields.ts';
import { FilterError, type Filters } from './filters.ts';
import { MAX_VALUE_LENGTH, quoted, SpellingError, writeTime } from './spellings.ts';

/** Most parameters of a URL, those that say nothing included. */
const MAX_PARAMETERS = 64;

/**
 * The filters of a query. `others` are the parameters that the caller reads himself: they are left alone. Throws
 * `FilterError`, whose suggestion is another query of the same page.
 */
export function parseFilters(params: URLSearchParams, others: readonly string[] = []): Filters {
  const all = [...params].filter(([, value]) => value !== '');
  if (all.length > MAX_PARAMETERS) {
    throw new FilterError(all[0]![0], `expected at most ${MAX_PARAMETERS} parameters`);
  }
  for (const [parameter] of all) checkKnown(parameter, params, others);
  const found = FILTER_NAMES.flatMap((name): [FilterName, unknown][] => {
    const values = params.getAll(FIELDS[name].parameter).filter((value) => value !== '');
    return values.length === 0 ? [] : [[name, readValues(name, values, params)]];
  });
  return checkTogether(Object.fromEntries(found) as Filters);
}

/** The canonical query, which `parseFilters` reads as the same filters. */
export function formatFilters(filters: Filters): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of FILTER_NAMES) {
    const { parameter, write } = fieldOf(name);
    for (const value of valuesOf(filters, name)) params.append(parameter, write(value));
  }
  return params;
}

/** The values of a filter, one or several; none where it is absent. */
export function valuesOf(filters: Filters, name: FilterName): readonly unknown[] {
  const value: unknown = filters[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** Checks what concerns several filters, and makes them canonical. Throws `FilterError`. */
export function checkTogether(filters: Filters): Filters {
  const { policies } = filters;
  const canonical =
    policies === undefined ? filters : { ...filters, policies: [...new Set(policies)].sort() };
  checkTimes(canonical);
  const count = canonical.policies?.length ?? 0;
  if (count <= MAX_POLICIES) return canonical;
  throw new FilterError('policy', `expected at most ${MAX_POLICIES} policies, got ${count}`);
}

function checkTimes(filters: Filters): void {
  const { fromMs, toMs } = filters;
  if (fromMs === undefined || toMs === undefined || fromMs < toMs) return;
  const got = `${writeTime(fromMs)} to ${writeTime(toMs)}`;
  const turned = { ...filters, fromMs: toMs, toMs: fromMs };
  const suggestion = fromMs > toMs ? formatFilters(turned).toString() : undefined;
  throw new FilterError('to', `expected a time after "from", got ${got}`, suggestion);
}

function checkKnown(parameter: string, params: URLSearchParams, others: readonly string[]): void {
  const known = [...FILTER_PARAMETERS, ...others];
  if (known.includes(parameter)) return;
  const nearest = nearestName(parameter, known);
  const hint =
    nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${nearest}?`;
  const suggestion =
    nearest === undefined
      ? undefined
      : changed(params, (name, value) => [name === parameter ? nearest : name, value]);
  throw new FilterError(parameter, `unknown parameter ${quoted(parameter)}: ${hint}`, suggestion);
}

function readValues(name: FilterName, values: readonly string[], params: URLSearchParams): unknown {
  if (name === 'policies') return values.map((value) => readValue(name, value, params));
  if (values.length === 1) return readValue(name, values[0]!, params);
  throw new FilterError(fieldOf(name).parameter, `expected one value, got ${values.length}`);
}

function readValue(name: FilterName, value: string, params: URLSearchParams): unknown {
  const { parameter, read } = fieldOf(name);
  if (value.length > MAX_VALUE_LENGTH) {
    const message = `expected at most ${MAX_VALUE_LENGTH} characters, got ${value.length}`;
    throw new FilterError(parameter, message);
  }
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof SpellingError)) throw error;
    const { message, better } = error;
    if (better === undefined) throw new FilterError(parameter, message);
    const isWrong = (one: string, text: string) => one === parameter && text === value;
    const suggestion = changed(params, (one, text) => [one, isWrong(one, text) ? better : text]);
    throw new FilterError(parameter, message, suggestion);
  }
}

/** The same query, with some of its parameters changed. */
function changed(
  params: URLSearchParams,
  change: (parameter: string, value: string) => readonly [string, string],
): string {
  const other = new URLSearchParams();
  for (const [parameter, value] of params) other.append(...change(parameter, value));
  return other.toString();
}
