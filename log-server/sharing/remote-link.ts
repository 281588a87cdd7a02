/**
 * The way from a front end to the process that sequences the log, once it has been found: the other end of
 * `door.ts`. It ends when the connection does, or when nothing has been heard for a while; whoever waits for indices
 * then has to ask again, as what was handed over may have been stored.
 */
import { connect, type TLSSocket } from 'node:tls';
import { PortCaller } from '#service/port-calls.ts';
import { FAILURES } from '../front-end/failures.ts';
import { Handover, type PackedResults } from '../front-end/handover.ts';
import { type PlainStanding, reviveStanding } from '../front-end/standing.ts';
import type { LogStanding } from '../sequencing/sequencer-link.ts';
import { type NewEntry, type Sequenced, StoreError } from '../store/store.ts';
import { NEWS_MS } from './door.ts';
import { type Holder, identityOfKey, TLS_OPTIONS } from './holder.ts';
import { MessageSocket } from './message-socket.ts';

/** How long a sequencer may say nothing, from the first moment on: it stands still, or cannot be reached. */
const SILENCE_MS = 3 * NEWS_MS;

export class RemoteLink {
  readonly #socket: TLSSocket;
  readonly #handover: Handover;
  /** What was heard last. Owned by the listener to news. */
  #standing: LogStanding | undefined;
  /** Owned by `#opened` and `connect`. */
  #onNews: () => void = () => undefined;

  /**
   * Tries all addresses at once, as those that nobody can be reached at say nothing; `onChange` is told of news, and of
   * the end. Rejects with the last error.
   */
  static async connect(holder: Holder, onChange: () => void): Promise<RemoteLink> {
    const links = holder.addresses.map((address) => new RemoteLink(address, holder));
    try {
      const first = await Promise.any(links.map((link) => link.#opened()));
      for (const link of links) if (link !== first) link.close();
      first.#onNews = onChange;
      first.#socket.on('close', onChange);
      return first;
    } catch (error) {
      throw (error as AggregateError).errors.at(-1);
    }
  }

  private constructor(host: string, { port, key }: Holder) {
    this.#socket = connect({
      ...TLS_OPTIONS,
      host,
      port,
      pskCallback: () => ({ psk: key, identity: identityOfKey(key) }),
      // No certificate is shown: both ends prove that they have the key.
      checkServerIdentity: () => undefined,
    });
    this.#socket.setNoDelay(true);
    const messages = new MessageSocket(this.#socket);
    const caller = new PortCaller(messages.line('entries'), FAILURES);
    this.#handover = new Handover(async (packed) => (await caller.call(packed)) as PackedResults);
    const silence = setTimeout(() => this.close(), SILENCE_MS);
    messages.line<PlainStanding>('news').on('message', (news) => {
      silence.refresh();
      this.#standing = reviveStanding(news);
      this.#onNews();
    });
    this.#socket.on('close', () => {
      clearTimeout(silence);
      caller.end(new StoreError('failed', 'the sequencer went away before it answered'));
    });
  }

  /** A connection is good once the sequencer has said how the log stands. */
  async #opened(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      const end = (error?: Error) => reject(error ?? new Error('the connection was closed'));
      this.#socket.on('error', end);
      this.#socket.once('close', () => end());
      this.#onNews = resolve;
    });
    return this;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** As the sequencer says. */
  get standing(): LogStanding {
    return this.#standing!;
  }

  /** As `SequencerLink.sequence`. */
  sequence(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    return this.#handover.sequence(entries);
  }

  close(): void {
    this.#socket.destroy();
  }
}
