/** `/v1/search` and `/v1/entries/<n>`: entries with their proofs. */
import { checkInteger } from '#protocol/arguments.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import { turnOf } from '#service/turns.ts';
import type { Cursor, FoundPage } from '../index/search-index.ts';
import type { SearchAnswer } from '../search/answers.ts';
import type { Filters } from '../search/filters.ts';
import { COSTS } from './costs.ts';
import { entryRoute, searchRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import {
  badParameter,
  limitOf,
  numberOf,
  type Parameters,
  readFilters,
  readParameters,
} from './query.ts';
import type { Confirmed } from './read-logs.ts';

/** JSON of an entry takes less than this many times its bytes, beside its path. */
const JSON_FACTOR = 3;

export function addSearchRoutes(app: ServiceApp, parts: ApiParts): void {
  const { index, logs, entries, spending } = parts;

  describeHandler(app, searchRoute, '/v1/search', async (c) => {
    const { filters, parameters } = readFilters(c, ['cursor', 'limit']);
    const limit = limitOf(parameters);
    const found = await searchFor(c, parts, { filters, limit, cursor: cursorOf(parameters) });
    // Read afterwards, so that it covers all that was found.
    const confirmed = await logs.confirmed();
    const answers = await entries.all(found.entries, confirmed, () =>
      turnOf(c.env.incoming.socket),
    );
    const answer: SearchAnswer = {
      checkpoints: notesOf(confirmed, new Set(answers.map(({ log }) => log))),
      entries: answers,
      searched: Object.fromEntries(
        [...found.searched].filter(([origin]) => logs.get(origin) !== undefined),
      ),
      ...(found.next !== undefined && { next_cursor: String(found.next) }),
    };
    c.header('cache-control', 'no-store');
    return c.json(answer);
  });

  describeHandler(app, entryRoute, '/v1/entries/:index', async (c) => {
    const { origin } = logs.named(readParameters(c, ['log']));
    const asked = numberOf(new Map([['index', c.req.param('index') ?? '']]), 'index')!;
    const found = await index.entry(origin, asked);
    const checkpoint = await logs.confirmedOf(origin);
    if (found === undefined) {
      const detail = `The log has ${checkpoint.size} entries that have been verified, from index 0.`;
      throw new HttpProblem(404, 'no-entry', detail, { field: 'index' });
    }
    spending.hold(c, JSON_FACTOR * found.bytes.length);
    c.header('cache-control', 'no-store');
    return c.json(await entries.one(found, checkpoint));
  });
}

export interface Search {
  readonly filters: Filters;
  readonly limit: number;
  readonly cursor: Cursor | undefined;
}

/** A page of a search, paid for by its client, for an answer in one piece. */
export async function searchFor(
  c: ServiceContext,
  { index, logs, spending }: ApiParts,
  { filters, limit, cursor }: Search,
): Promise<FoundPage> {
  if (filters.log !== undefined) logs.expect(filters.log);
  spending.charge(c, COSTS.search);
  const found = await index.search(filters, limit, cursor);
  const bytes = found.entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  spending.hold(c, JSON_FACTOR * bytes);
  spending.charge(c, COSTS.entry * found.entries.length);
  return found;
}

export function cursorOf(parameters: Parameters): Cursor | undefined {
  const cursor = numberOf(parameters, 'cursor');
  if (cursor === undefined) return undefined;
  if (cursor < 1) throw badParameter('cursor', 'Expected the cursor of a page.');
  checkInteger(cursor, 'cursor');
  return cursor as Cursor;
}

/** The notes of these logs, by origin. */
export function notesOf(confirmed: Confirmed, origins: ReadonlySet<string>) {
  const some = [...confirmed].filter(([origin]) => origins.has(origin));
  return Object.fromEntries(some.map(([origin, { note }]) => [origin, note]));
}
