/**
 * Collects what front ends hand over into batches for the sequencer, one batch at a time.
 *
 * While one batch is being committed the next one gathers, so a sync of the disk is shared by
 * everything that arrived during the one before. What was handed over together stays together. The queue
 * is bounded in entries and bytes: over it `take` refuses, unless it is empty. Once it drains it refuses everything:
 * front ends of other processes would never let it come to an end.
 */
import type { NewEntry, Sequenced, SequencedBatch } from '../store/store.ts';
import { NoSequencerError } from './no-sequencer.ts';

export interface BatcherOptions {
  readonly sequence: (entries: readonly NewEntry[]) => Promise<SequencedBatch>;
  readonly maxBatchEntries: number;
  readonly maxBatchBytes: number;
  readonly maxQueuedEntries: number;
  readonly maxQueuedBytes: number;
  /** Told about each batch before those who wait for it. */
  readonly onBatch: (batch: SequencedBatch) => void;
}

/** The queue is full; the same entries may be taken a little later. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

interface Waiting {
  readonly entries: readonly NewEntry[];
  readonly bytes: number;
  readonly resolve: (sequenced: readonly Sequenced[]) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #options: BatcherOptions;
  // Owned by this object: what waits for a batch of its own, oldest first.
  #queue: Waiting[] = [];
  #queuedEntries = 0;
  #queuedBytes = 0;
  /** Entries of the batch being committed, which count against the limits too. */
  #committing = 0;
  #running: Promise<void> | undefined;
  /** Set by `drain`. */
  #isDraining = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Entries waiting or being committed. */
  get depth(): number {
    return this.#queuedEntries + this.#committing;
  }

  /**
   * Resolves once the entries are durable. Throws `QueueFullError` at once when there is no room for all
   * of them, and `NoSequencerError` once it drains.
   */
  take(entries: readonly NewEntry[]): Promise<readonly Sequenced[]> {
    if (this.#isDraining) throw new NoSequencerError('this process is about to sequence no longer');
    const { maxQueuedEntries, maxQueuedBytes } = this.#options;
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
    const isFull =
      this.depth + entries.length > maxQueuedEntries || this.#queuedBytes + bytes > maxQueuedBytes;
    // Else what is larger than the whole queue would never be taken.
    if (isFull && this.depth > 0) {
      throw new QueueFullError(`${this.depth} entries are waiting`);
    }
    this.#queuedEntries += entries.length;
    this.#queuedBytes += bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ entries, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Takes nothing from here on; resolves when everything that was taken has been answered. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Whatever came in the same look at the network shares the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#commitNext();
    this.#running = undefined;
  }

  async #commitNext(): Promise<void> {
    const batch = this.#nextBatch();
    const entries = batch.flatMap((waiting) => waiting.entries);
    this.#committing = entries.length;
    try {
      const committed = await this.#options.sequence(entries);
      this.#options.onBatch(committed);
      let from = 0;
      for (const { entries: own, resolve } of batch) {
        resolve(committed.results.slice(from, from + own.length));
        from += own.length;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#committing = 0;
    }
  }

  #nextBatch(): Waiting[] {
    const { maxBatchEntries, maxBatchBytes } = this.#options;
    let bytes = 0;
    let entries = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      bytes += waiting.bytes;
      entries += waiting.entries.length;
      if (count > 0 && (entries > maxBatchEntries || bytes > maxBatchBytes)) break;
      count++;
    }
    const batch = this.#queue.splice(0, count);
    for (const { bytes: own, entries: taken } of batch) {
      this.#queuedBytes -= own;
      this.#queuedEntries -= taken.length;
    }
    return batch;
  }
}
