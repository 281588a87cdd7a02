/**
 * What is new, told in a line: never put among what is being read. The explorer says by server-sent events that a
 * log has grown; the visitor decides when to look.
 */
import { useEffect, useState } from 'react';
import type { PageData } from '../data/page-data.ts';
import { countText } from '../parts/text.tsx';

/** An event `logs` of `/v1/events`: how far each log can be searched now. */
type Sizes = ReadonlyMap<string, number>;

export function LiveLine({
  data,
  reload,
}: {
  readonly data: PageData;
  readonly reload: () => void;
}) {
  const [sizes, setSizes] = useState<Sizes>(new Map());
  useEffect(() => hearNews((text) => setSizes((before) => sizesOf(text) ?? before)), []);
  const more = data.logs.logs.reduce(
    (sum, { log, size }) => sum + Math.max(0, (sizes.get(log) ?? size) - size),
    0,
  );
  return (
    <p className="live" role="status">
      {more > 0 && (
        <>
          {countText(more, 'new entry', 'new entries')} since this page was made.{' '}
          <button type="button" onClick={reload}>
            Show
          </button>
        </>
      )}
    </p>
  );
}

/** After a refusal, of which a browser does not try again by itself. */
const RETRY_MS = 30_000;

/**
 * A stream of news while the page is seen: without HTTP/2 a browser has six connections for all of its tabs together,
 * and those that nobody looks at must not hold them. Returns what ends it.
 */
function hearNews(take: (text: string) => void): () => void {
  let events: EventSource | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  const close = () => {
    clearTimeout(retry);
    events?.close();
  };
  const turn = () => {
    close();
    if (document.hidden) return;
    const opened = new EventSource('/v1/events');
    opened.addEventListener('logs', ({ data }) => take(data));
    opened.addEventListener('error', () => {
      if (opened === events && opened.readyState === EventSource.CLOSED) {
        retry = setTimeout(turn, RETRY_MS);
      }
    });
    events = opened;
  };
  document.addEventListener('visibilitychange', turn);
  addEventListener('pagehide', close);
  addEventListener('pageshow', turn);
  turn();
  return () => {
    document.removeEventListener('visibilitychange', turn);
    removeEventListener('pagehide', close);
    removeEventListener('pageshow', turn);
    close();
  };
}

/** Undefined for what has another form: news are a convenience, and nothing is shown of them but a number. */
function sizesOf(text: string): Sizes | undefined {
  try {
    const { logs } = JSON.parse(text) as Partial<{ logs: { log: unknown; size: unknown }[] }>;
    return new Map(
      logs?.map(({ log, size }) => [`${log}`, Number.isSafeInteger(size) ? (size as number) : 0]),
    );
  } catch {
    return undefined;
  }
}
