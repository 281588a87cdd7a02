/**
 * Takes the messages of one outbox to its sink, each at least once, over crashes and restarts.
 *
 * While the sink is away everything waits. A message that is refused makes way for the others at
 * once, and after some tries is set aside: it is said to be so, and tried again every hour, or when
 * there is something else to tell of its alert. Tries are those of an alert, so that one which flaps
 * is not for ever a new one.
 */
import type { Logger } from '#service/logging.ts';
import { monotonicMs } from '#service/schedule.ts';
import type { Outbox, QueuedMessage, Waiting } from './outbox.ts';
import type { Message, Outcome, Sink } from './sinks/sink.ts';

/** What is known of an alert of which a message was not taken. */
interface Trouble {
  /** The last such message. */
  id: number;
  tries: number;
  isRefused: boolean;
  notBeforeMs: number;
}

const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;
const MAX_TRIES = 5;
const ASIDE_PAUSE_MS = 3_600_000;

export class Courier {
  readonly outbox: Outbox;
  readonly #sink: Sink;
  readonly #logger: Logger;
  // Owned by `deliver`, which never runs twice at a time. A restart tries everything at once.
  readonly #troubles = new Map<string, Trouble>();
  #failures = 0;
  #notBeforeMs = 0;
  /** Since when the sink has taken nothing of what was brought to it, and why. */
  #away: { readonly sinceMs: number; readonly reason: string } | undefined;
  /** Taken by the sink, but not removed, as the disk was full. */
  #taken: QueuedMessage | undefined;

  constructor(outbox: Outbox, sink: Sink, logger: Logger) {
    this.outbox = outbox;
    this.#sink = sink;
    this.#logger = logger;
  }

  get name(): string {
    return this.outbox.sink;
  }

  /** Messages that have not been taken, also those that are set aside. */
  get waiting(): number {
    return this.outbox.waiting().length;
  }

  /** Messages that the sink has refused again and again. */
  get setAside(): number {
    return [...this.#troubles.values()].filter(isAside).length;
  }

  /** For how long the sink has been away, by the monotonic clock, and why; undefined if it is not. */
  get away(): { readonly forMs: number; readonly reason: string } | undefined {
    const away = this.#away;
    return away && { forMs: monotonicMs() - away.sinceMs, reason: away.reason };
  }

  /** Brings a message past the queue, whatever waits in it. */
  async bring(message: Message, signal: AbortSignal): Promise<Outcome> {
    return await this.#sink.send(message, signal);
  }

  /** Sends what is due, until the sink is away. */
  async deliver(signal: AbortSignal): Promise<void> {
    if (this.#taken !== undefined) this.#remove(this.#taken);
    while (!signal.aborted && monotonicMs() >= this.#notBeforeMs) {
      const message = this.#next();
      if (message === undefined) return;
      const outcome = await this.#sink.send(message, signal);
      this.#noteAway(outcome);
      if (outcome.kind === 'taken') {
        this.#failures = 0;
        this.#remove(message);
      } else this.#failed(message, outcome);
      this.outbox.yield(message.key);
    }
  }

  #noteAway(outcome: Outcome): void {
    const sinceMs = this.#away?.sinceMs ?? monotonicMs();
    this.#away = outcome.kind === 'away' ? { sinceMs, reason: outcome.reason } : undefined;
  }

  #remove(message: QueuedMessage): void {
    this.#taken = message;
    this.outbox.remove(message.id);
    this.#troubles.delete(message.key);
    this.#taken = undefined;
  }

  #next(): QueuedMessage | undefined {
    const waiting = this.outbox.waiting();
    const keys = new Set(waiting.map(({ key }) => key));
    for (const key of this.#troubles.keys()) if (!keys.has(key)) this.#troubles.delete(key);
    const due = waiting.find((message) => this.#isDue(message));
    return due === undefined ? undefined : this.outbox.get(due.id);
  }

  #isDue({ id, key }: Waiting): boolean {
    const trouble = this.#troubles.get(key);
    if (trouble === undefined || monotonicMs() >= trouble.notBeforeMs) return true;
    // What was refused is not what there is to tell now.
    return trouble.isRefused && trouble.id !== id;
  }

  #failed({ id, key }: QueuedMessage, outcome: Exclude<Outcome, { kind: 'taken' }>): void {
    const { kind, reason } = outcome;
    const isRefused = kind === 'refused';
    const tries = (this.#troubles.get(key)?.tries ?? 0) + 1;
    const trouble = { id, tries, isRefused, notBeforeMs: 0 };
    this.#troubles.set(key, trouble);
    if (outcome.kind === 'away') {
      const pauseMs = Math.max(pauseAfter(this.#failures), outcome.retryAfterMs);
      this.#failures++;
      this.#notBeforeMs = monotonicMs() + Math.min(MAX_PAUSE_MS, pauseMs);
      // One that always brings the sink down lets others go first.
      if (tries >= MAX_TRIES) trouble.notBeforeMs = this.#notBeforeMs + pauseMs;
    } else {
      const pauseMs = isAside(trouble) ? ASIDE_PAUSE_MS : pauseAfter(tries - 1);
      trouble.notBeforeMs = monotonicMs() + pauseMs;
    }
    const fields = { sink: this.name, delivery: id, reason, tries };
    if (isAside(trouble)) this.#logger.error(fields, 'a message for a sink is set aside');
    else this.#logger.warn(fields, 'a message for a sink was not taken');
  }
}

function isAside({ isRefused, tries }: Trouble): boolean {
  return isRefused && tries >= MAX_TRIES;
}

function pauseAfter(failures: number): number {
  return Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
}
