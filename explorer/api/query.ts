/**
 * The queries of requests: known parameters alone, each once, in good form. A refusal names the parameter and what
 * was expected, and where something else was likely meant has it as `suggestion`, a query of the same path.
 */
import { parseDecimal } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { nearestName } from '#protocol/nearest.ts';
import type { ServiceContext } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { parseFilters } from '../search/filter-url.ts';
import { FilterError, type Filters } from '../search/filters.ts';
import { quoted } from '../search/spellings.ts';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** The parameters of a request that are no filters, by name. */
export type Parameters = ReadonlyMap<string, string>;

/** Filters, and the parameters of these names. */
export function readFilters(
  c: ServiceContext,
  names: readonly string[],
): { readonly filters: Filters; readonly parameters: Parameters } {
  const params = paramsOf(c);
  try {
    return { filters: parseFilters(params, names), parameters: once(params, names) };
  } catch (error) {
    if (error instanceof FilterError) throw refused(error);
    throw error;
  }
}

/** The parameters of these names, where there may be no others. */
export function readParameters(c: ServiceContext, names: readonly string[]): Parameters {
  const params = paramsOf(c);
  for (const name of params.keys()) if (!names.includes(name)) throw unknown(params, name, names);
  return once(params, names);
}

/** How many a list may hold. */
export function limitOf(parameters: Parameters, maximum = MAX_LIMIT): number {
  const limit = numberOf(parameters, 'limit') ?? Math.min(DEFAULT_LIMIT, maximum);
  if (limit >= 1 && limit <= maximum) return limit;
  throw badParameter('limit', `Expected 1 to ${maximum}, got ${limit}.`);
}

export function numberOf(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  try {
    return parseDecimal(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw badParameter(name, `Expected a decimal integer, got ${quoted(text)}.`);
  }
}

export function badParameter(field: string, detail: string, suggestion?: string): HttpProblem {
  const extra = suggestion === undefined ? undefined : { suggestion };
  return new HttpProblem(400, 'bad-request', detail, { field, extra });
}

function paramsOf(c: ServiceContext): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** As for filters, an empty parameter says nothing. */
function once(params: URLSearchParams, names: readonly string[]): Parameters {
  const found = names.flatMap((name): [string, string][] => {
    const [value, ...others] = params.getAll(name).filter((one) => one !== '');
    if (others.length > 0) throw badParameter(name, 'Expected this parameter once.');
    return value === undefined ? [] : [[name, value]];
  });
  return new Map(found);
}

function refused({ parameter, message, suggestion }: FilterError): HttpProblem {
  const sentence = message.slice(0, 1).toUpperCase() + message.slice(1);
  return badParameter(parameter, /[.?]$/.test(sentence) ? sentence : `${sentence}.`, suggestion);
}

function unknown(params: URLSearchParams, name: string, names: readonly string[]): HttpProblem {
  const nearest = nearestName(name, names);
  if (nearest === undefined) {
    const expected = names.length === 0 ? 'no parameters' : `one of ${names.join(', ')}`;
    return badParameter(name, `Unknown parameter ${quoted(name)}: expected ${expected}.`);
  }
  const meant = new URLSearchParams();
  for (const [one, value] of params) meant.append(one === name ? nearest : one, value);
  const detail = `Unknown parameter ${quoted(name)}: did you mean ${nearest}?`;
  return badParameter(name, detail, meant.toString());
}
