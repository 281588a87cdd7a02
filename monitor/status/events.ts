/**
 * `GET /v1/events`: the headline, whenever the status is another one. Who wants all of it asks for the status.
 */
import { type EventLimits, EventStreams } from '#service/event-streams.ts';
import { headlineOf } from './headline.ts';
import type { Status } from './status.ts';
import { statusJson } from './status-json.ts';

export function statusStreams(
  status: () => Status,
  limits: Partial<EventLimits> = {},
): EventStreams {
  const shown = () => {
    const now = status();
    const { sentence } = headlineOf(now);
    const data = { ok: now.ok, headline: sentence, now: now.nowMs };
    return { data, digest: digestOf(now) };
  };
  return new EventStreams('status', shown, limits);
}

/** Times that pass while nothing happens. */
const PASSING = new Set(['now', 'checked_at', 'last_seen_at']);

/** What makes a status another one. */
function digestOf(status: Status): string {
  return JSON.stringify(statusJson(status), (key, value) => (PASSING.has(key) ? undefined : value));
}
