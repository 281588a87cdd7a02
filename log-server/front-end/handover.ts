/**
 * How entries cross from a front end to its sequencer, whatever is between them: packed, and together.
 *
 * What a front end hands over while it works off what has arrived, or waits for the indices of what it handed
 * over before, crosses as one buffer, and so do the indices.
 */

import type { SequencerLink } from '../sequencing/sequencer-link.ts';
import { type PackedEntries, packEntries } from '../store/packed-entries.ts';
import type { NewEntry, Sequenced } from '../store/store.ts';

/**
 * Entries that cross although the ones before have no index yet. Fewer wait, since a large batch costs less than
 * two small ones; of many the sequencer is to know, which refuses what there is no room for.
 */
const MANY_ENTRIES = 256;

/** Indices in the order of the entries. */
export interface PackedResults {
  readonly indices: Float64Array<ArrayBuffer>;
  /** 1 for each entry that was in the log. */
  readonly duplicates: Uint8Array<ArrayBuffer>;
}

interface HandedOver {
  readonly entries: readonly NewEntry[];
  readonly resolve: (sequenced: readonly Sequenced[]) => void;
  readonly reject: (error: unknown) => void;
}

/** The front end's side. */
export class Handover {
  readonly #cross: (packed: PackedEntries) => Promise<PackedResults>;
  // These four are owned by `sequence` and `#handOver`: what crosses next, and what has crossed.
  #gathered: HandedOver[] = [];
  #gatheredEntries = 0;
  #isCrossing = false;
  #unanswered = 0;

  /** `cross` takes packed entries to the sequencer, which answers by `performHandover`. */
  constructor(cross: (packed: PackedEntries) => Promise<PackedResults>) {
    this.#cross = cross;
  }

  /** `SequencerLink.sequence`. */
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
    try {
      const packed = packEntries(gathered.flatMap(({ entries }) => entries));
      const results = unpackResults(await this.#cross(packed));
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
}

/** The sequencer's side. Rejects as `SequencerLink.sequence` does. */
export async function performHandover(
  log: Pick<SequencerLink, 'sequence'>,
  entries: readonly NewEntry[],
): Promise<PackedResults> {
  const results = await log.sequence(entries);
  return {
    indices: Float64Array.from(results, ({ index }) => index),
    duplicates: Uint8Array.from(results, ({ duplicate }) => Number(duplicate)),
  };
}

function unpackResults({ indices, duplicates }: PackedResults): Sequenced[] {
  return Array.from(indices, (index, i) => ({ index, duplicate: duplicates[i] === 1 }));
}
