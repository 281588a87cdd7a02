/** `/v1/feed.atom` and `/v1/feed.json`: what is new of a search. */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import type { FoundEntry } from '../../index/search-index.ts';
import { formatFilters } from '../../search/filter-url.ts';
import { atomRoute, jsonFeedRoute } from '../definitions.ts';
import { answerFresh } from '../fresh.ts';
import type { ApiParts } from '../parts.ts';
import { DEFAULT_LIMIT, readFilters } from '../query.ts';
import { searchFor } from '../search-routes.ts';
import { atomOf } from './atom.ts';
import { type Feed, feedOf, type SeenEntry } from './feed.ts';
import { jsonFeedOf } from './json-feed.ts';

export function addFeedRoutes(app: ServiceApp, parts: ApiParts): void {
  const { options, index, logs } = parts;

  /** Of an entry that a search has found, and so of a tree that is confirmed. */
  async function withSighting(entry: FoundEntry): Promise<SeenEntry> {
    return { ...entry, seenMs: (await index.firstSeenMs(entry.log, entry.index))! };
  }

  /** Since when the first of these logs has had entries here, Unix milliseconds; now, where none has any. */
  async function readSince(asked: string | undefined): Promise<number> {
    const origins = asked === undefined ? options.logs.map(({ origin }) => origin) : [asked];
    const since = await Promise.all(origins.map((origin) => index.firstSeenMs(origin, 0)));
    const known = since.filter((ms) => ms !== undefined);
    return known.length === 0 ? options.now() : Math.min(...known);
  }

  async function answerFeed(
    c: ServiceContext,
    contentType: string,
    write: (feed: Feed, self: string) => string,
  ): Promise<Response> {
    const { filters } = readFilters(c, []);
    const search = { filters, limit: DEFAULT_LIMIT, cursor: undefined };
    const { entries } = await searchFor(c, parts, search);
    const seen = await Promise.all(entries.map(withSighting));
    const sinceMs = await readSince(filters.log);
    const base = options.publicUrl ?? new URL(c.req.url).origin;
    const query = formatFilters(filters).toString();
    const self = `${base}${c.req.path}${query && `?${query}`}`;
    const body = encodeUtf8(write(feedOf(filters, seen, logs, { base, sinceMs }), self));
    return answerFresh(c, body, {
      'content-type': contentType,
      'cache-control': 'no-cache',
      etag: `"${toHex(sha256(body)).slice(0, 32)}"`,
    });
  }

  describeHandler(app, atomRoute, '/v1/feed.atom', (c) =>
    answerFeed(c, 'application/atom+xml', atomOf),
  );
  describeHandler(app, jsonFeedRoute, '/v1/feed.json', (c) =>
    answerFeed(c, 'application/feed+json', jsonFeedOf),
  );
}
