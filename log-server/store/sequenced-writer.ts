/**
 * A sequencing writer out of a store's own writer: `Sequencer` before it, and one call at a time, so
 * that a transaction never meets another on its connection.
 *
 * It runs wherever the store puts it: a synchronous one in a thread of its own.
 */
import type { LogWriter } from './log-writer.ts';
import { Sequencer } from './sequencer.ts';
import type { Anchor, NewEntry, SequencedBatch, SequencingWriter, SignedHead } from './store.ts';

export class SequencedWriter implements SequencingWriter {
  readonly #store: LogWriter;
  readonly #sequencer: Sequencer;
  /** Ends with the call before, however that ended. Owned by `#inTurn`. */
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(store: LogWriter, sequencer: Sequencer) {
    this.#store = store;
    this.#sequencer = sequencer;
  }

  /** Owns the store from here on: it is closed if its tree cannot be read. Rejects with `StoreError`. */
  static async open(store: LogWriter): Promise<SequencedWriter> {
    const sequencer = new Sequencer(store);
    try {
      await sequencer.open();
    } catch (error) {
      await store.close();
      throw error;
    }
    return new SequencedWriter(store, sequencer);
  }

  sequence(entries: readonly NewEntry[]): Promise<SequencedBatch> {
    return this.#inTurn(() => this.#sequencer.sequence(entries));
  }

  recordSigned(head: SignedHead, previousSize: number | undefined): Promise<void> {
    return this.#inTurn(() => this.#store.recordSigned(head, previousSize));
  }

  recordPublished(note: string, size: number, anchors: readonly Anchor[]): Promise<void> {
    return this.#inTurn(() => this.#store.recordPublished(note, size, anchors));
  }

  freeze(): Promise<void> {
    return this.#inTurn(() => this.#store.freeze());
  }

  moveTo(place: string): Promise<void> {
    return this.#inTurn(() => this.#store.moveTo(place));
  }

  /** Finishes what was called, then closes the store. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#store.close());
  }

  #inTurn<T>(call: () => Promise<T>): Promise<T> {
    const turn = this.#previous.then(call);
    this.#previous = turn.catch(() => undefined);
    return turn;
  }
}
