/**
 * `GET /v1/export`: all entries of a search as lines of JSON, made page by page as the client reads them.
 *
 * It is of the checkpoints in its first line: all that passes of their entries, however much is shown meanwhile.
 * However it ends it says so, and where another request goes on: who finds no last line knows that something on
 * the way has cut it off.
 */
import { encodeUtf8 } from '#protocol/bytes.ts';
import type { ServiceApp } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import { RateLimiter } from '#service/rate-limit.ts';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { StreamPlaces } from '#service/stream-places.ts';
import { turnOf } from '#service/turns.ts';
import type { Cursor, FoundPage } from '../index/search-index.ts';
import { exportRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { readFilters } from './query.ts';
import type { Confirmed } from './read-logs.ts';
import { cursorOf, notesOf, searchFor } from './search-routes.ts';

const PAGE_ENTRIES = 50;
/** Of one request. */
export const MAX_EXPORTED = 100_000;
/** An export draws on no other requests of its client, and leaves time for those of others. */
const PAGES = { ratePerSecond: 40, burst: 40 };
const PLACES = { total: 16, perClient: 2 };
/** A client that reads nothing for so long is gone. */
const MAX_PAUSE_MS = 60_000;

/** Returns the places of exports, which whoever stops the server has to close. */
export function addExportRoute(app: ServiceApp, parts: ApiParts): StreamPlaces {
  const places = new StreamPlaces(PLACES);
  const pages = new RateLimiter(PAGES);
  describeHandler(app, exportRoute, '/v1/export', async (c) => {
    const { filters, parameters } = readFilters(c, ['cursor']);
    const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };
    const search = { filters, limit: PAGE_ENTRIES, cursor: cursorOf(parameters) };
    // Read before the search, which so finds all that these trees have.
    const confirmed = await parts.logs.confirmed();
    const first = await searchFor(c, parts, search);
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    const client = parts.spending.clientOf(c);
    const stop = new AbortController();
    const release = places.take(client, () => stop.abort());
    const mayGoOn = () => nextPage(pages, client, stop.signal);
    const lines = exported(
      parts,
      { confirmed, first },
      {
        more: (cursor) => parts.index.search(filters, PAGE_ENTRIES, cursor),
        mayGoOn,
        turn: () => turnOf(c.env.incoming.socket),
      },
    );
    return c.body(streamOf(lines, release, stop), 200, headers);
  });
  return places;
}

export interface ExportSteps {
  readonly more: (cursor: Cursor) => Promise<FoundPage>;
  /** When the next page may be made; false if it is to be none. */
  readonly mayGoOn: () => Promise<boolean>;
  readonly turn: () => Promise<void>;
}

type Ending = 'complete' | 'limit' | 'stopped' | 'failed';

/** What an export is of: entries of the confirmed trees, which the first page may go beyond. */
export interface Exported {
  readonly confirmed: Confirmed;
  readonly first: FoundPage;
}

/** Text of whole lines, a page at a time. */
export async function* exported(
  { entries, options }: Pick<ApiParts, 'entries' | 'options'>,
  { confirmed, first }: Exported,
  { more, mayGoOn, turn }: ExportSteps,
): AsyncGenerator<string, void> {
  yield lineOf({ checkpoints: notesOf(confirmed, new Set(confirmed.keys())) });
  let page = first;
  let from: Cursor | undefined;
  let count = 0;
  const last = (end: Ending, cursor?: Cursor) =>
    lineOf({ end, entries: count, ...(cursor !== undefined && { next_cursor: String(cursor) }) });
  for (;;) {
    try {
      if (from !== undefined) page = await more(from);
      const answers = await entries.all(page.entries, confirmed, turn);
      if (answers.length > 0) yield answers.map(lineOf).join('');
      count += answers.length;
    } catch (error) {
      options.logger.error({ err: error }, 'an export failed');
      return yield last('failed', from);
    }
    from = page.next;
    if (from === undefined) return yield last('complete');
    if (count >= MAX_EXPORTED) return yield last('limit', from);
    if (!(await mayGoOn())) return yield last('stopped', from);
  }
}

function lineOf(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

/** Waits for the client's rate. */
async function nextPage(pages: RateLimiter, client: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const decision = pages.take(client, monotonicMs());
    if (decision.allowed) return true;
    await sleep(1000 * decision.retryAfterSeconds, signal);
  }
  return false;
}

/** A stream that makes its next lines when they are read, and gives its place back when it ends. */
function streamOf(
  lines: AsyncGenerator<string, void>,
  release: () => void,
  stop: AbortController,
): ReadableStream<Uint8Array> {
  let pause: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(pause);
    release();
    stop.abort();
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        clearTimeout(pause);
        try {
          const { value } = await lines.next();
          if (value === undefined) {
            end();
            controller.close();
            return;
          }
          controller.enqueue(encodeUtf8(value));
        } catch (error) {
          end();
          throw error;
        }
        pause = setTimeout(() => {
          end();
          controller.error(new Error('the client does not read'));
        }, MAX_PAUSE_MS);
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}
