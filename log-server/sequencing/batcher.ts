/**
 * Collects admitted entries into batches for the sequencer, one batch at a time.
 *
 * While one batch is being committed the next one gathers, so a sync of the disk is shared by
 * everything that arrived during the one before. An idle log waits `lingerMs` for company. The queue
 * is bounded in entries and bytes: over it, `take` refuses.
 */
import type { NewEntry, Sequenced, SequencedBatch } from '../store/store.ts';

export interface BatcherOptions {
  readonly sequence: (entries: readonly NewEntry[]) => Promise<SequencedBatch>;
  readonly maxBatchEntries: number;
  readonly maxBatchBytes: number;
  readonly maxQueuedEntries: number;
  readonly maxQueuedBytes: number;
  /** How long the first entry of an idle log waits for others. */
  readonly lingerMs: number;
  /** Told about each batch before those who wait for it. */
  readonly onBatch: (batch: SequencedBatch) => void;
}

/** The queue is full; the same entry may be taken a little later. */
export class QueueFullError extends Error {
  override readonly name = 'QueueFullError';
}

interface Waiting {
  readonly entry: NewEntry;
  readonly resolve: (sequenced: Sequenced) => void;
  readonly reject: (error: unknown) => void;
}

export class Batcher {
  readonly #options: BatcherOptions;
  // Owned by this object: what waits for a batch of its own, oldest first.
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** Entries of the batch being committed, which count against the limits too. */
  #committing = 0;
  #running: Promise<void> | undefined;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Entries waiting or being committed. */
  get depth(): number {
    return this.#queue.length + this.#committing;
  }

  /** Resolves once the entry is durable. Throws `QueueFullError` at once when there is no room. */
  take(entry: NewEntry): Promise<Sequenced> {
    const { maxQueuedEntries, maxQueuedBytes } = this.#options;
    const bytes = this.#queuedBytes + entry.bytes.length;
    if (this.depth >= maxQueuedEntries || bytes > maxQueuedBytes) {
      throw new QueueFullError(`${this.depth} entries are waiting`);
    }
    this.#queuedBytes = bytes;
    return new Promise((resolve, reject) => {
      this.#queue.push({ entry, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything taken so far has been answered. */
  async drain(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#options.lingerMs));
    while (this.#queue.length > 0) await this.#commitNext();
    this.#running = undefined;
  }

  async #commitNext(): Promise<void> {
    const batch = this.#nextBatch();
    this.#committing = batch.length;
    try {
      const committed = await this.#options.sequence(batch.map(({ entry }) => entry));
      this.#options.onBatch(committed);
      for (const [i, { resolve }] of batch.entries()) resolve(committed.results[i]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      this.#committing = 0;
    }
  }

  #nextBatch(): Waiting[] {
    const { maxBatchEntries, maxBatchBytes } = this.#options;
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#queue) {
      bytes += entry.bytes.length;
      if (count > 0 && (count === maxBatchEntries || bytes > maxBatchBytes)) break;
      count++;
    }
    const batch = this.#queue.splice(0, count);
    for (const { entry } of batch) this.#queuedBytes -= entry.bytes.length;
    return batch;
  }
}
