/**
 * `GET /v1/events`: server-sent events that say when there is news, so that nobody has to ask all the
 * time. An event holds the headline; who wants all of it asks for the status.
 *
 * An event comes within a second of any change and at least every few seconds, so silence means that the
 * connection or the monitor is gone, and nothing on the way takes the stream for an idle one. Streams are
 * counted, in all and for each client; one whose client does not read is ended. When there are as many as
 * there may be, whoever has the most gives one up for whoever has fewer.
 */
import { HttpProblem } from '#service/problem.ts';
import { monotonicMs } from '#service/schedule.ts';
import { headlineOf } from './headline.ts';
import type { Status } from './status.ts';
import { statusJson } from './status-json.ts';

export interface EventLimits {
  readonly total: number;
  readonly perClient: number;
  /** Between two looks for news. */
  readonly lookMs: number;
  /** The longest silence. */
  readonly silenceMs: number;
}

const LIMITS: EventLimits = { total: 256, perClient: 8, lookMs: 1000, silenceMs: 5000 };
/** Events that may wait for a client to read: half a minute of them, at most. */
const MAX_UNREAD = 32;
const RETRY_AFTER_SECONDS = 5;

interface Stream {
  readonly client: string;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
}

const encoder = new TextEncoder();

export class EventStreams {
  readonly #status: () => Status;
  readonly #limits: EventLimits;
  // Owned here.
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;
  #lastDigest = '';
  #lastSentMs = 0;
  /** What a new stream begins with, and since when it is so: it is not made for each. */
  #latest: { readonly event: Uint8Array; readonly madeMs: number } | undefined;
  #isClosed = false;

  constructor(status: () => Status, limits: Partial<EventLimits> = {}) {
    this.#status = status;
    this.#limits = { ...LIMITS, ...limits };
  }

  /** Streams that are open. */
  get count(): number {
    return this.#streams.size;
  }

  /** A stream for one client, which begins with an event. Throws `HttpProblem` if there are too many. */
  open(client: string): ReadableStream<Uint8Array> {
    this.#admit(client);
    let stream: Stream | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = { client, controller };
          this.#streams.add(stream);
          this.#timer ??= setInterval(() => this.#look(), this.#limits.lookMs);
          controller.enqueue(this.#first());
        },
        cancel: () => this.#remove(stream!),
      },
      new CountQueuingStrategy({ highWaterMark: MAX_UNREAD }),
    );
  }

  /** Ends all streams at once, and opens no more. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#streams) this.#end(stream);
  }

  #admit(client: string): void {
    const clients = Map.groupBy(this.#streams, (stream) => stream.client);
    const own = clients.get(client)?.length ?? 0;
    const retry = { retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (own >= this.#limits.perClient) {
      throw new HttpProblem(429, 'too-many-streams', 'Too many streams of this client.', retry);
    }
    if (!this.#isClosed && this.#streams.size < this.#limits.total) return;
    const most = [...clients.values()].reduce((a, b) => (b.length > a.length ? b : a), []);
    if (this.#isClosed || most.length <= own + 1) {
      throw new HttpProblem(503, 'too-many-streams', 'Too many streams are open.', retry);
    }
    this.#end(most[0]!);
  }

  #first(): Uint8Array {
    const nowMs = monotonicMs();
    if (this.#latest === undefined || nowMs - this.#latest.madeMs >= this.#limits.lookMs) {
      this.#latest = { event: eventOf(this.#status()), madeMs: nowMs };
    }
    return this.#latest.event;
  }

  #look(): void {
    const status = this.#status();
    const digest = digestOf(status);
    const isDue = monotonicMs() - this.#lastSentMs >= this.#limits.silenceMs;
    if (digest === this.#lastDigest && !isDue) return;
    this.#lastDigest = digest;
    this.#lastSentMs = monotonicMs();
    const event = eventOf(status);
    this.#latest = { event, madeMs: this.#lastSentMs };
    for (const stream of this.#streams) this.#send(stream, event);
  }

  #send(stream: Stream, event: Uint8Array): void {
    const { controller } = stream;
    if ((controller.desiredSize ?? 0) > 0) {
      controller.enqueue(event);
      return;
    }
    controller.error(new Error('the client does not read'));
    this.#remove(stream);
  }

  #end(stream: Stream): void {
    stream.controller.close();
    this.#remove(stream);
  }

  #remove(stream: Stream): void {
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

function eventOf(status: Status): Uint8Array {
  const { sentence } = headlineOf(status);
  const data = { ok: status.ok, headline: sentence, now: status.nowMs };
  return encoder.encode(`event: status\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Times that pass while nothing happens. */
const PASSING = new Set(['now', 'checked_at', 'last_seen_at']);

/** What makes a status another one. */
function digestOf(status: Status): string {
  return JSON.stringify(statusJson(status), (key, value) => (PASSING.has(key) ? undefined : value));
}
