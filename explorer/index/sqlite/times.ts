/**
 * The times that entries state, by blocks of places, with the least and the greatest of each block: so that a
 * search for a time passes over whole blocks, and reads eight bytes of each entry in the others.
 */
import type { SqliteDatabase } from '#service/sqlite.ts';
import type { Filters } from '../../search/filters.ts';
import type { Bits } from './bits.ts';
import type { Segment } from './segments.ts';

/** Entries of a block. */
const BLOCK_LENGTH = 4096;

interface BlockRow {
  block: number;
  least: number | null;
  greatest: number | null;
}

function prepareTimes(db: SqliteDatabase) {
  return db.prepare<[number], Uint8Array>('SELECT times FROM times WHERE block = ?').pluck();
}

/** Gathers the times of the last block; an entry without a time has NaN. */
export class TimesWriter {
  readonly #write;
  readonly #times = new Float64Array(BLOCK_LENGTH);
  #size: number;

  /** Goes on after `size` entries. */
  constructor(db: SqliteDatabase, size: number) {
    this.#write = db.prepare(
      `INSERT INTO times (block, least, greatest, times) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET
         least = excluded.least, greatest = excluded.greatest, times = excluded.times`,
    );
    this.#size = size;
    const last = prepareTimes(db).get(Math.floor(size / BLOCK_LENGTH));
    if (last !== undefined) this.#times.set(asTimes(last));
  }

  add(timeMs: number | undefined): void {
    this.#times[this.#size++ % BLOCK_LENGTH] = timeMs ?? Number.NaN;
    if (this.#size % BLOCK_LENGTH === 0) this.flush();
  }

  /** Writes the last block as far as it goes: before the end of each transaction. */
  flush(): void {
    const block = Math.ceil(this.#size / BLOCK_LENGTH) - 1;
    if (block < 0) return;
    const times = this.#times.subarray(0, this.#size - block * BLOCK_LENGTH);
    let least = Number.POSITIVE_INFINITY;
    let greatest = Number.NEGATIVE_INFINITY;
    for (const time of times) {
      if (time < least) least = time;
      if (time > greatest) greatest = time;
    }
    const limits = least <= greatest ? [least, greatest] : [null, null];
    this.#write.run(block, ...limits, new Uint8Array(times.buffer, 0, times.byteLength));
  }
}

export class TimesReader {
  readonly #blocks;
  readonly #times;

  constructor(db: SqliteDatabase) {
    this.#blocks = db.prepare<[number, number], BlockRow>(
      'SELECT block, least, greatest FROM times WHERE block >= ? AND block < ?',
    );
    this.#times = prepareTimes(db);
  }

  /** Removes the places of a segment whose entries state no time that is asked for; returns how much was read. */
  keepAskedFor(bits: Bits, { start, length }: Segment, filters: Filters): number {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = filters;
    const [first, end] = [Math.floor(start / BLOCK_LENGTH), (start + length) / BLOCK_LENGTH];
    const blocks = this.#blocks.all(first, end);
    let looks = 1;
    for (const { block, least, greatest } of blocks) {
      const offset = block * BLOCK_LENGTH - start;
      const from = Math.max(0, offset);
      const to = Math.min(length, offset + BLOCK_LENGTH);
      if (bits.last(to) < from) continue;
      if (least === null || greatest === null || least >= toMs || greatest < fromMs) {
        bits.removeRange(from, to);
        continue;
      }
      looks++;
      const times = asTimes(this.#times.get(block)!);
      for (let place = bits.last(to); place >= from; place = bits.last(place)) {
        const time = times[place - offset]!;
        if (!(time >= fromMs && time < toMs)) bits.remove(place);
      }
    }
    return looks;
  }
}

/** A copy, as numbers of eight bytes have to be aligned. */
function asTimes(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer);
}
