/**
 * The main thread's end of the writer thread: the same calls, answered with the same errors.
 *
 * If the thread ends by itself every call rejects with `StoreError('failed')` and `onDeath` is told,
 * once: the process cannot go on without it.
 */
import type { Worker } from 'node:worker_threads';
import { ConfigError, PassingError } from '#service/errors.ts';
import { siblingModule } from '#service/sibling-module.ts';
import { startThread } from '#service/threads.ts';
import { packEntries } from '../packed-entries.ts';
import {
  type Anchor,
  type NewEntry,
  type SequencedBatch,
  type SequencingWriter,
  type SignedHead,
  StoreError,
} from '../store.ts';
import {
  rebrand,
  type WriterAnswer,
  type WriterFailure,
  type WriterRequest,
  type WriterThreadData,
} from './messages.ts';

interface PendingCall {
  readonly resolve: (value: SequencedBatch | undefined) => void;
  readonly reject: (error: Error) => void;
}

function revive(failure: WriterFailure): Error {
  if (failure.type === 'store') return new StoreError(failure.kind, failure.message);
  if (failure.type === 'config') return new ConfigError(failure.message);
  if (failure.type === 'passing') return new PassingError(failure.message);
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

export class WriterClient implements SequencingWriter {
  readonly #worker: Worker;
  // Owned here: calls that have not been answered, by id. Opening is call 0.
  readonly #pending = new Map<number, PendingCall>();
  #lastId = 0;
  #ended = false;

  private constructor(data: WriterThreadData, onDeath: (error: Error) => void) {
    this.#worker = startThread(siblingModule('thread', import.meta.url), {
      workerData: data,
    });
    this.#worker.on('message', (answer: WriterAnswer) => this.#settle(answer));
    const die = (error: Error) => {
      if (this.#ended) return;
      this.#ended = true;
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      onDeath(error);
    };
    this.#worker.on('error', (cause) => {
      die(new StoreError('failed', 'the writer thread failed', { cause }));
    });
    this.#worker.on('exit', (code) => {
      die(new StoreError('failed', `the writer thread ended with code ${code}`));
    });
  }

  /** Rejects with `ConfigError` if the store cannot be opened by this process. */
  static async open(
    data: WriterThreadData,
    onDeath: (error: Error) => void,
  ): Promise<WriterClient> {
    const client = new WriterClient(data, onDeath);
    try {
      await new Promise((resolve, reject) => client.#pending.set(0, { resolve, reject }));
      return client;
    } catch (error) {
      await client.#terminate();
      throw error;
    }
  }

  async sequence(entries: readonly NewEntry[]): Promise<SequencedBatch> {
    const packed = packEntries(entries);
    const buffers = [packed.bytes.buffer, packed.lengths.buffer];
    const batch = (await this.#call({ call: 'sequence', entries: packed }, buffers))!;
    return { ...batch, head: rebrand(batch.head) };
  }

  async recordSigned(head: SignedHead, previousSize: number | undefined): Promise<void> {
    const previous = previousSize === undefined ? {} : { previous: previousSize };
    await this.#call({ call: 'recordSigned', head, ...previous });
  }

  async recordPublished(note: string, size: number, anchors: readonly Anchor[]): Promise<void> {
    await this.#call({ call: 'recordPublished', note, size, anchors });
  }

  async freeze(): Promise<void> {
    await this.#call({ call: 'freeze' });
  }

  async moveTo(place: string): Promise<void> {
    await this.#call({ call: 'moveTo', place });
  }

  /** Finishes what was called, closes the store and ends the thread. */
  async close(): Promise<void> {
    if (this.#ended) return;
    try {
      await this.#call({ call: 'close' });
    } finally {
      await this.#terminate();
    }
  }

  async #terminate(): Promise<void> {
    this.#ended = true;
    await this.#worker.terminate();
  }

  #call(request: WriterRequest, transfer: ArrayBuffer[] = []) {
    if (this.#ended) return Promise.reject(new StoreError('failed', 'the store is closed'));
    const id = ++this.#lastId;
    return new Promise<SequencedBatch | undefined>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request }, transfer);
    });
  }

  #settle(answer: WriterAnswer): void {
    const call = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('failure' in answer) call?.reject(revive(answer.failure));
    else call?.resolve(answer.value);
  }
}
