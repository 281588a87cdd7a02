/** `/v1/feed.atom` and `/v1/feed.json`: what is new of a search, in pages (RFC 5005). */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import type { Cursor, FoundEntry } from '../../index/search-index.ts';
import { formatFilters } from '../../search/filter-url.ts';
import type { Filters } from '../../search/filters.ts';
import { atomRoute, jsonFeedRoute } from '../definitions.ts';
import { answerFresh } from '../fresh.ts';
import type { ApiParts } from '../parts.ts';
import { DEFAULT_LIMIT, readFilters } from '../query.ts';
import { cursorOf, searchFor } from '../search-routes.ts';
import { atomOf } from './atom.ts';
import { type Feed, type FeedPlace, feedOf, type SeenEntry } from './feed.ts';
import { jsonFeedOf } from './json-feed.ts';

/**
 * Pages of a search that a feed is made of: a page may find little where many entries are near what is asked for, and
 * readers do not go on by themselves.
 */
const MAX_PAGES = 5;

export function addFeedRoutes(app: ServiceApp, parts: ApiParts): void {
  const { options, index, logs } = parts;

  /** Entries from the cursor on, each page of the search paid for, and where there are more. */
  async function newest(c: ServiceContext, filters: Filters, cursor: Cursor | undefined) {
    const entries: FoundEntry[] = [];
    let next = cursor;
    for (let pages = 0; pages < MAX_PAGES && entries.length < DEFAULT_LIMIT; pages++) {
      const limit = DEFAULT_LIMIT - entries.length;
      const page = await searchFor(c, parts, { filters, limit, cursor: next });
      entries.push(...page.entries);
      next = page.next;
      if (next === undefined) break;
    }
    return { entries, next };
  }

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
    write: (feed: Feed, place: FeedPlace) => string,
  ): Promise<Response> {
    const { filters, parameters } = readFilters(c, ['cursor']);
    const cursor = cursorOf(parameters);
    const { entries, next } = await newest(c, filters, cursor);
    const seen = await Promise.all(entries.map(withSighting));
    const sinceMs = await readSince(filters.log);
    const base = options.publicUrl ?? new URL(c.req.url).origin;
    const urlFrom = (from: Cursor | undefined) => {
      const query = formatFilters(filters);
      if (from !== undefined) query.set('cursor', String(from));
      return `${base}${c.req.path}${query.size > 0 ? `?${query}` : ''}`;
    };
    const place: FeedPlace = {
      self: urlFrom(cursor),
      next: next === undefined ? undefined : urlFrom(next),
      isCut: next !== undefined && entries.length < DEFAULT_LIMIT,
    };
    const body = encodeUtf8(write(feedOf(filters, seen, logs, { base, sinceMs }), place));
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
