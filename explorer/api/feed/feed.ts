/**
 * The newest entries of a search, for feed readers: what both kinds of feed say. Entries never change, and have ids
 * that stay the same wherever the explorer is.
 *
 * Their dates are of this explorer's clock, when it first saw a checkpoint with the entry. What an entry states is
 * its issuer's word: a year to come would stand above all else in a reader, so it is told as text.
 */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { printable } from '#protocol/printable.ts';
import type { FoundEntry } from '../../index/search-index.ts';
import { isoTime } from '../../search/calendar.ts';
import { describeEntry } from '../../search/described-entry.ts';
import type { Filters } from '../../search/filters.ts';
import { entryPath, searchPath } from '../../search/paths.ts';
import { formatSearchText } from '../../search/search-box.ts';
import type { ServedLog } from '../options.ts';

export interface FeedItem {
  /** An IRI. */
  readonly id: string;
  readonly url: string;
  /** Printable, as all text here. */
  readonly title: string;
  readonly text: string;
  /** When the explorer first saw a checkpoint with it, ISO 8601. */
  readonly seen: string;
}

export interface Feed {
  readonly id: string;
  readonly title: string;
  /** The page of the search. */
  readonly url: string;
  /** When the newest item was seen; without any, since when there is none. ISO 8601. */
  readonly updated: string;
  /** In the order of the search. */
  readonly items: readonly FeedItem[];
}

/** Where a document of a feed stands among its pages. */
export interface FeedPlace {
  /** The URL of the document. */
  readonly self: string;
  /** Of the one with older items, if there may be any. */
  readonly next: string | undefined;
  /** Whether older items are missing that there would be room for: the search had come to its limit. */
  readonly isCut: boolean;
}

export const CUT =
  'Cut short: the search looked through as many entries as one answer may cost. The next page goes on.';

export interface SeenEntry extends FoundEntry {
  /** Unix milliseconds. */
  readonly seenMs: number;
}

/** `sinceMs` is since when the logs have been read, Unix milliseconds. */
export function feedOf(
  filters: Filters,
  found: readonly SeenEntry[],
  logs: { get(origin: string): ServedLog | undefined },
  { base, sinceMs }: { readonly base: string; readonly sinceMs: number },
): Feed {
  const text = formatSearchText(filters);
  return {
    id: uuidOf(`search\n${searchPath(filters)}`),
    title: printable(text === '' ? 'Entries of transparency logs' : `Entries: ${text}`),
    url: base + searchPath(filters),
    updated: isoTime(Math.max(sinceMs, ...found.map(({ seenMs }) => seenMs))),
    items: found.flatMap((entry) => {
      const log = logs.get(entry.log);
      return log === undefined ? [] : [itemOf(entry, log, base)];
    }),
  };
}

function itemOf(
  { log, index, bytes, leafHash, seenMs }: SeenEntry,
  served: ServedLog,
  base: string,
): FeedItem {
  const { type, description } = describeEntry(bytes, served.entryTypes);
  const { title, timeMs, facts = {} } = description;
  const lines = [
    `Entry ${index} of ${log}, of type ${type}.`,
    facts.codeRef && `Code: ${facts.codeRef}`,
    facts.issuer && `Issuer: ${facts.issuer}`,
    timeMs !== undefined && `States the time: ${isoTime(timeMs)}`,
    facts.policies && `Policies: ${facts.policies.join(', ')}`,
    `Leaf hash: ${toHex(leafHash)}`,
    'Its page checks the proof in your browser.',
  ];
  return {
    id: uuidOf(`entry\n${log}\n${index}`),
    url: base + entryPath(log, index),
    title: printable(title).slice(0, 300) || `entry ${index}`,
    text: lines
      .filter((line) => typeof line === 'string')
      .map(printable)
      .join('\n'),
    seen: isoTime(seenMs),
  };
}

/** A UUID (RFC 9562, version 8) made of a name. */
function uuidOf(name: string): string {
  const bytes = sha256(encodeUtf8(name)).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = toHex(bytes);
  const groups = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ].map(([a, b]) => hex.slice(a, b));
  return `urn:uuid:${groups.join('-')}`;
}
