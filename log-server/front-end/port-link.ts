/**
 * A `SequencerLink` over ports: this end is in a front end's thread, `serveLink` in that of the sequencer.
 *
 * Entries and indices cross as buffers that are moved. The standing is sent at each change, and counted in shared
 * memory: a front end that finds another count looks at its port before it goes on, so no reader is shown less than
 * another one was before.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { asHash } from '#protocol/merkle/hash.ts';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import type { LogStanding, SequencerLink } from '../sequencing/sequencer-link.ts';
import type { PackedEntries } from '../store/packed-entries.ts';
import type { NewEntry, Sequenced, SignedHead } from '../store/store.ts';
import { FAILURES } from './failures.ts';
import { Handover, type PackedResults, performHandover } from './handover.ts';

/** What one end is given to reach the other. */
export interface LinkEnd {
  /** Entries go over it, and indices come back. */
  readonly entries: MessagePort;
  /** The standing comes over it, each time it has changed. */
  readonly news: MessagePort;
  /** One element: how many pieces of news have been sent. */
  readonly sent: Int32Array<SharedArrayBuffer>;
}

interface News {
  readonly number: number;
  readonly published: SignedHead | undefined;
  readonly signedSize: number;
  readonly newestAnchorSize: number;
  readonly refusal: unknown;
  readonly trouble: string | undefined;
}

/** Both ends of a new link. */
export function newLink(): { frontEnd: LinkEnd; sequencer: LinkEnd } {
  const entries = new MessageChannel();
  const news = new MessageChannel();
  const sent = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  return {
    frontEnd: { entries: entries.port1, news: news.port1, sent } as unknown as LinkEnd,
    sequencer: { entries: entries.port2, news: news.port2, sent } as unknown as LinkEnd,
  };
}

export class PortLink implements SequencerLink {
  readonly #handover: Handover;
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

  private constructor({ entries, news, sent }: LinkEnd, first: News) {
    const caller = new PortCaller(entries, FAILURES);
    this.#handover = new Handover(async (packed) => {
      const transfer = [packed.bytes.buffer, packed.lengths.buffer];
      return (await caller.call(packed, transfer)) as PackedResults;
    });
    this.#news = news;
    this.#sent = sent;
    this.#standing = standingOf(first);
    this.#heard = first.number;
    news.on('message', (message: News) => this.#learn(message));
  }

  get standing(): LogStanding {
    if (Atomics.load(this.#sent, 0) !== this.#heard) this.#catchUp();
    return this.#standing;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    return this.#handover.sequence(entries);
  }

  #catchUp(): void {
    for (;;) {
      const next = receiveMessageOnPort(this.#news);
      if (next === undefined) return;
      this.#learn(next.message);
    }
  }

  #learn(news: News): void {
    this.#standing = standingOf(news);
    this.#heard = news.number;
    for (const listener of this.#listeners) listener();
  }
}

/** The sequencer's end. */
export function serveLink({ entries, news, sent }: LinkEnd, log: SequencerLink): void {
  const tell = () => {
    const { refusal, ...standing } = log.standing;
    const number = Atomics.load(sent, 0) + 1;
    const described = refusal === undefined ? undefined : FAILURES.describe(refusal);
    news.postMessage({ ...standing, refusal: described, number } satisfies News);
    // Not before it can be received.
    Atomics.store(sent, 0, number);
  };
  tell();
  log.onChange(tell);
  performCalls(entries, FAILURES, async (packed) => {
    const value = await performHandover(log, packed as PackedEntries);
    return { value, transfer: [value.indices.buffer, value.duplicates.buffer] };
  });
}

/** Hashes lose their brand between threads. */
function standingOf({ published, refusal, number: _, ...rest }: News): LogStanding {
  return {
    ...rest,
    published: published && { ...published, root: asHash(published.root) },
    refusal: refusal === undefined ? undefined : FAILURES.revive(refusal),
  };
}
