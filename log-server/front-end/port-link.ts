/**
 * A `SequencerLink` over ports: this end is in a front end's thread, `serveLink` in that of the sequencer.
 *
 * Entries and indices cross as buffers that are moved. The standing is sent at each change, and counted in shared
 * memory: a front end that finds another count looks at its port before it goes on, so no reader is shown less than
 * another one was before.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import type { LogStanding, SequencerLink } from '../sequencing/sequencer-link.ts';
import { type PackedEntries, unpackEntries } from '../store/packed-entries.ts';
import type { NewEntry, Sequenced } from '../store/store.ts';
import { FAILURES } from './failures.ts';
import { Handover, type PackedResults, performHandover } from './handover.ts';
import { describeStanding, type PlainStanding, reviveStanding } from './standing.ts';

/** What one end is given to reach the other. */
export interface LinkEnd {
  /** Entries go over it, and indices come back. */
  readonly entries: MessagePort;
  /** The standing comes over it, each time it has changed. */
  readonly news: MessagePort;
  /** One element: how many pieces of news have been sent. */
  readonly sent: Int32Array<SharedArrayBuffer>;
  /** Whether the sequencer may be in another process. */
  readonly isShared: boolean;
}

interface News {
  readonly number: number;
  readonly standing: PlainStanding;
}

/** Over the port for entries. */
type Request =
  | { readonly do: 'sequence'; readonly entries: PackedEntries }
  | { readonly do: 'catch up' };

/** Both ends of a new link to a log. */
export function newLink(isShared: boolean): { frontEnd: LinkEnd; sequencer: LinkEnd } {
  const entries = new MessageChannel();
  const news = new MessageChannel();
  const sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    frontEnd: { entries: entries.port1, news: news.port1, sent, isShared } as unknown as LinkEnd,
    sequencer: { entries: entries.port2, news: news.port2, sent, isShared } as unknown as LinkEnd,
  };
}

export class PortLink implements SequencerLink {
  readonly #caller: PortCaller;
  readonly #handover: Handover;
  readonly #isShared: boolean;
  readonly #news: MessagePort;
  readonly #sent: Int32Array<SharedArrayBuffer>;
  readonly #listeners: (() => void)[] = [];
  // Both owned by `#learn`.
  #standing: LogStanding;
  #heard = 0;

  /** Resolves once it has heard how the log stands. */
  static open(end: LinkEnd): Promise<PortLink> {
    return new Promise((resolve) => {
      // Listens on before it returns, so that no further news is missed.
      end.news.once('message', (first: News) => resolve(new PortLink(end, first)));
    });
  }

  private constructor({ entries, news, sent, isShared }: LinkEnd, first: News) {
    this.#caller = new PortCaller(entries, FAILURES);
    this.#isShared = isShared;
    this.#handover = new Handover(async (packed) => {
      const transfer = [packed.bytes.buffer, packed.lengths.buffer];
      const request: Request = { do: 'sequence', entries: packed };
      return (await this.#caller.call(request, transfer)) as PackedResults;
    });
    this.#news = news;
    this.#sent = sent;
    this.#standing = reviveStanding(first.standing);
    this.#heard = first.number;
    news.on('message', (message: News) => this.#learn(message));
  }

  get standing(): LogStanding {
    if (Atomics.load(this.#sent, 0) !== this.#heard) this.#hear();
    return this.#standing;
  }

  catchUp(): Promise<void> | undefined {
    if (!this.#isShared) return undefined;
    // What is learnt is counted before the answer to this.
    return this.#caller.call({ do: 'catch up' } satisfies Request) as Promise<void>;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    return this.#handover.sequence(entries);
  }

  #hear(): void {
    for (;;) {
      const next = receiveMessageOnPort(this.#news);
      if (next === undefined) return;
      this.#learn(next.message);
    }
  }

  #learn(news: News): void {
    this.#standing = reviveStanding(news.standing);
    this.#heard = news.number;
    for (const listener of this.#listeners) listener();
  }
}

/** The sequencer's end. */
export function serveLink({ entries, news, sent }: LinkEnd, log: SequencerLink): void {
  const tell = () => {
    const number = Atomics.load(sent, 0) + 1;
    news.postMessage({ number, standing: describeStanding(log.standing) } satisfies News);
    // Not before it can be received.
    Atomics.store(sent, 0, number);
  };
  tell();
  log.onChange(tell);
  performCalls(entries, FAILURES, async (request) => {
    const call = request as Request;
    if (call.do === 'catch up') {
      await log.catchUp();
      return {};
    }
    const value = await performHandover(log, unpackEntries(call.entries));
    return { value, transfer: [value.indices.buffer, value.duplicates.buffer] };
  });
}
