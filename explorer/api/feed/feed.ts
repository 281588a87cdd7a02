/**
 * The newest entries of a search, for feed readers: what both kinds of feed say. Entries never change, and have ids
 * that stay the same wherever the explorer is.
 */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { printable } from '#protocol/printable.ts';
import type { FoundEntry } from '../../index/search-index.ts';
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
  /** What the entry states, ISO 8601; absent where it states none that a calendar has. */
  readonly published: string | undefined;
}

export interface Feed {
  readonly id: string;
  readonly title: string;
  /** The page of the search. */
  readonly url: string;
  readonly items: readonly FeedItem[];
}

export function feedOf(
  filters: Filters,
  found: readonly FoundEntry[],
  logs: { get(origin: string): ServedLog | undefined },
  base: string,
): Feed {
  const text = formatSearchText(filters);
  return {
    id: uuidOf(`search\n${searchPath(filters)}`),
    title: printable(text === '' ? 'Entries of transparency logs' : `Entries: ${text}`),
    url: base + searchPath(filters),
    items: found.flatMap((entry) => {
      const log = logs.get(entry.log);
      return log === undefined ? [] : [itemOf(entry, log, base)];
    }),
  };
}

function itemOf(
  { log, index, bytes, leafHash }: FoundEntry,
  served: ServedLog,
  base: string,
): FeedItem {
  const { type, description } = describeEntry(bytes, served.entryTypes);
  const { title, timeMs, facts = {} } = description;
  const lines = [
    `Entry ${index} of ${log}, of type ${type}.`,
    facts.codeRef && `Code: ${facts.codeRef}`,
    facts.issuer && `Issuer: ${facts.issuer}`,
    facts.policies && `Policies: ${facts.policies.join(', ')}`,
    `Leaf hash: ${toHex(leafHash)}`,
    'Its page checks the proof in your browser.',
  ];
  return {
    id: uuidOf(`entry\n${log}\n${index}`),
    url: base + entryPath(log, index),
    title: printable(title).slice(0, 300) || `entry ${index}`,
    text: lines
      .filter((line) => line !== undefined)
      .map(printable)
      .join('\n'),
    published: timeMs === undefined ? undefined : calendarTime(timeMs),
  };
}

/** RFC 3339 has years of four digits. */
function calendarTime(ms: number): string | undefined {
  const iso = Number.isNaN(new Date(ms).getTime()) ? '' : new Date(ms).toISOString();
  return /^\d{4}-/.test(iso) ? iso : undefined;
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
