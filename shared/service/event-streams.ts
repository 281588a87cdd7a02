/**
 * Server-sent events that say when there is news, so that nobody has to ask all the time.
 *
 * An event comes within a second of any change and at least every few seconds, so silence means that the
 * connection or the server is gone, and nothing on the way takes the stream for an idle one. Streams are
 * counted (`stream-places.ts`); one whose client does not read is ended.
 */
import type { ServiceContext } from './app.ts';
import { clientAddress } from './rate-limit.ts';
import { monotonicMs } from './schedule.ts';
import { type PlaceLimits, StreamPlaces } from './stream-places.ts';

export interface EventLimits extends PlaceLimits {
  /** Between two looks for news. */
  readonly lookMs: number;
  /** The longest silence. */
  readonly silenceMs: number;
}

/** How things are. */
export interface Shown {
  /** What is sent. */
  readonly data: Readonly<Record<string, unknown>>;
  /** Another text where it is news. */
  readonly digest: string;
}

const LIMITS: EventLimits = { total: 256, perClient: 8, lookMs: 1000, silenceMs: 5000 };
/** Events that may wait for a client to read: half a minute of them, at most. */
const MAX_UNREAD = 32;

interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly release: () => void;
}

const encoder = new TextEncoder();

export class EventStreams {
  readonly #name: string;
  readonly #shown: () => Shown;
  readonly #limits: EventLimits;
  readonly #places: StreamPlaces;
  // Owned here.
  readonly #streams = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;
  #lastDigest = '';
  #lastSentMs = 0;
  /** What a new stream begins with, and since when it is so: it is not made for each. */
  #latest: { readonly event: Uint8Array; readonly madeMs: number } | undefined;

  /** `name` is that of its events. */
  constructor(name: string, shown: () => Shown, limits: Partial<EventLimits> = {}) {
    this.#name = name;
    this.#shown = shown;
    this.#limits = { ...LIMITS, ...limits };
    this.#places = new StreamPlaces(this.#limits);
  }

  /** Streams that are open. */
  get count(): number {
    return this.#streams.size;
  }

  /** A stream for one client, which begins with an event. Throws `HttpProblem` if there are too many. */
  open(client: string): ReadableStream<Uint8Array> {
    const first = this.#first();
    let stream: Stream | undefined;
    const release = this.#places.take(client, () => this.#end(stream!));
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = { controller, release };
          this.#streams.add(stream);
          this.#timer ??= setInterval(() => this.#look(), this.#limits.lookMs);
          controller.enqueue(first);
        },
        cancel: () => this.#remove(stream!),
      },
      new CountQueuingStrategy({ highWaterMark: MAX_UNREAD }),
    );
  }

  /** Ends all streams at once, and opens no more. */
  close(): void {
    this.#places.close();
  }

  #first(): Uint8Array {
    const nowMs = monotonicMs();
    if (this.#latest === undefined || nowMs - this.#latest.madeMs >= this.#limits.lookMs) {
      this.#latest = { event: this.#eventOf(this.#shown()), madeMs: nowMs };
    }
    return this.#latest.event;
  }

  #look(): void {
    const shown = this.#shown();
    const isDue = monotonicMs() - this.#lastSentMs >= this.#limits.silenceMs;
    if (shown.digest === this.#lastDigest && !isDue) return;
    this.#lastDigest = shown.digest;
    this.#lastSentMs = monotonicMs();
    const event = this.#eventOf(shown);
    this.#latest = { event, madeMs: this.#lastSentMs };
    for (const stream of this.#streams) this.#send(stream, event);
  }

  #eventOf({ data }: Shown): Uint8Array {
    return encoder.encode(`event: ${this.#name}\ndata: ${JSON.stringify(data)}\n\n`);
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
    stream.release();
    this.#streams.delete(stream);
    if (this.#streams.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** The answer to whoever asks for events; to HEAD, one without a stream. */
export function answerEvents(c: ServiceContext, events: EventStreams, trustProxy: boolean) {
  const headers = {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    // Some proxies would otherwise hold events back.
    'x-accel-buffering': 'no',
  };
  if (c.req.method === 'HEAD') return c.body(null, 200, headers);
  return c.body(events.open(clientAddress(c.env.incoming, trustProxy)), 200, headers);
}
