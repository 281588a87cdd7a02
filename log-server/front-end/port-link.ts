/**
 * A `SequencerLink` over ports: this end is in a front end's thread, `serveLink` in that of the sequencer.
 *
 * What a front end hands over while it works off what has arrived, or waits for the indices of what it handed
 * over before, crosses in one message, as one buffer that is moved, and so do the indices. The standing is sent
 * at each change, and counted in shared memory: a front end that finds another count looks at its port before
 * it goes on, so no reader is shown less than another one was before.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { asHash } from '#protocol/merkle/hash.ts';
import { PortCaller, performCalls } from '#service/port-calls.ts';
import type { LogStanding, SequencerLink } from '../sequencing/sequencer-link.ts';
import { type PackedEntries, packEntries, unpackEntries } from '../store/packed-entries.ts';
import type { NewEntry, Sequenced, SignedHead } from '../store/store.ts';
import { FAILURES } from './failures.ts';

/**
 * Entries that cross although the ones before have no index yet. Fewer wait, since a large batch costs less than
 * two small ones; of many the sequencer is to know, which refuses what there is no room for.
 */
const MANY_ENTRIES = 256;

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

/** Indices in the order of the entries. */
interface PackedResults {
  readonly indices: Float64Array<ArrayBuffer>;
  /** 1 for each entry that was in the log. */
  readonly duplicates: Uint8Array<ArrayBuffer>;
}

interface HandedOver {
  readonly entries: readonly NewEntry[];
  readonly resolve: (sequenced: readonly Sequenced[]) => void;
  readonly reject: (error: unknown) => void;
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
  readonly #caller: PortCaller;
  readonly #news: MessagePort;
  readonly #sent: Int32Array<SharedArrayBuffer>;
  readonly #listeners: (() => void)[] = [];
  // Both owned by `#learn`.
  #standing: LogStanding;
  #heard = 0;
  // These four are owned by `sequence` and `#handOver`: what crosses next, and what has crossed.
  #gathered: HandedOver[] = [];
  #gatheredEntries = 0;
  #isCrossing = false;
  #unanswered = 0;

  /** Resolves once it has heard how the log stands. */
  static open(end: LinkEnd): Promise<PortLink> {
    return new Promise((resolve) => {
      // Listens on before it returns, so that no further news is missed.
      end.news.once('message', (first: News) => resolve(new PortLink(end, first)));
    });
  }

  private constructor({ entries, news, sent }: LinkEnd, first: News) {
    this.#caller = new PortCaller(entries, FAILURES);
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
    return new Promise((resolve, reject) => {
      this.#gathered.push({ entries, resolve, reject });
      this.#gatheredEntries += entries.length;
      this.#handOverSoon();
    });
  }

  #handOverSoon(): void {
    const isToWait = this.#unanswered > 0 && this.#gatheredEntries < MANY_ENTRIES;
    if (isToWait || this.#isCrossing || this.#gathered.length === 0) return;
    this.#isCrossing = true;
    // After all that this thread does before it looks at the network again.
    setImmediate(() => void this.#handOver());
  }

  async #handOver(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#gatheredEntries = 0;
    this.#isCrossing = false;
    this.#unanswered++;
    const packed = packEntries(gathered.flatMap(({ entries }) => entries));
    try {
      const transfer = [packed.bytes.buffer, packed.lengths.buffer];
      const results = unpackResults((await this.#caller.call(packed, transfer)) as PackedResults);
      let from = 0;
      for (const { entries, resolve } of gathered) {
        resolve(results.slice(from, from + entries.length));
        from += entries.length;
      }
    } catch (error) {
      for (const { reject } of gathered) reject(error);
    } finally {
      this.#unanswered--;
      this.#handOverSoon();
    }
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
    const results = await log.sequence(unpackEntries(packed as PackedEntries));
    const indices = Float64Array.from(results, ({ index }) => index);
    const duplicates = Uint8Array.from(results, ({ duplicate }) => Number(duplicate));
    const value: PackedResults = { indices, duplicates };
    return { value, transfer: [indices.buffer, duplicates.buffer] };
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

function unpackResults({ indices, duplicates }: PackedResults): Sequenced[] {
  return Array.from(indices, (index, i) => ({ index, duplicate: duplicates[i] === 1 }));
}
