/** `GET /v1/events`: how far each log has been read, whenever that has changed. */
import type { ServiceApp } from '#service/app.ts';
import { answerEvents, EventStreams } from '#service/event-streams.ts';
import { describeHandler } from '#service/openapi.ts';
import { atMostEvery } from '#service/schedule.ts';
import type { LogAnswer } from '../search/answers.ts';
import { eventsRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { readParameters } from './query.ts';

/** Between two looks at the index, however many streams there are. */
const LOOK_MS = 900;

/** Returns the streams, which whoever stops the server has to close. */
export function addEventRoute(app: ServiceApp, { options, logs }: ApiParts): EventStreams {
  // Owned by `look`.
  let seen: readonly Pick<LogAnswer, 'log' | 'size' | 'state'>[] = [];
  const look = atMostEvery(LOOK_MS, async () => {
    const all = await logs.answers();
    seen = all.map(({ log, size, state }) => ({ log, size, state }));
  });
  const events = new EventStreams('logs', () => {
    // Of an index that cannot be read, its readers hear by their own requests.
    look().catch(() => undefined);
    return { data: { logs: seen, now_ms: options.now() }, digest: JSON.stringify(seen) };
  });
  describeHandler(app, eventsRoute, '/v1/events', async (c) => {
    readParameters(c, []);
    await look();
    return answerEvents(c, events, options.trustProxy);
  });
  return events;
}
