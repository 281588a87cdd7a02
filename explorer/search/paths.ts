/** Where things are in the explorer: paths of its pages, for links and feeds, and of each log's public files. */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { formatFilters } from './filter-url.ts';
import type { Filters } from './filters.ts';

/** The page of a search. */
export function searchPath(filters: Filters): string {
  const query = formatFilters(filters).toString();
  return query === '' ? '/search' : `/search?${query}`;
}

/** The page of an entry. */
export function entryPath(log: string, index: number): string {
  return `/entry/${index}?${new URLSearchParams({ log })}`;
}

/** Names a log in paths: lowercase hex of the SHA-256 of its origin. */
export function logId(origin: string): string {
  return toHex(sha256(encodeUtf8(origin)));
}

/** Prefix of the public files of a log (C2SP tlog-tiles). */
export function filesPath(origin: string): string {
  return `/logs/${logId(origin)}`;
}
