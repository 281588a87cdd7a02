/**
 * Brings the index up to what a log shows: the next checkpoint is judged against all that is known, has its entries
 * read and verified, and is shown to readers when all of them are here.
 *
 * Nothing is kept in memory from one round to the next, so that a process which was killed anywhere goes on as this
 * one does. A log that contradicts itself is frozen with the evidence, and not asked again.
 */
import type { EntryJudge } from '#client/entry-judge.ts';
import { FollowError } from '#client/follow-error.ts';
import {
  checkGoesOn,
  type KnownTree,
  openTrusted,
  type TrustedCheckpoint,
} from '#client/next-checkpoint.ts';
import type { TileSource } from '#client/tile-source.ts';
import { encodeEvidence, evidenceId } from '#protocol/evidence/evidence.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import type { IndexWriter, LogProgress, SeenCheckpoint } from '../index/search-index.ts';
import { indexTiles } from './index-tiles.ts';
import { readEntries } from './read-entries.ts';
import type { ReadingPlaces } from './reading-places.ts';

/** Opens what is asked of the log, until the signal is aborted. */
export type OpenSource = (signal: AbortSignal) => TileSource;

export interface LogIndexerOptions {
  readonly origin: string;
  readonly policy: Policy;
  /** Whose calls may overlap. */
  readonly writer: IndexWriter;
  readonly judge: EntryJudge;
  readonly places: ReadingPlaces;
  /** For a log that let its time in one of the others pass, so that those who answer in time do not wait for it. */
  readonly slowPlaces: ReadingPlaces;
  readonly openSource: OpenSource;
  readonly onProgress: (progress: ReadingProgress) => void;
  /** Told when the log has let its time pass. */
  readonly onSlow: () => void;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
}

export interface ReadingProgress {
  /** Entries that are in the index. */
  readonly size: number;
  /** Of the newest checkpoint that was verified. */
  readonly shownSize: number;
}

export class LogIndexer {
  readonly #options: LogIndexerOptions;

  constructor(options: LogIndexerOptions) {
    this.#options = options;
  }

  /**
   * One look at the log, and all that it leads to. Rejects with `FollowError`, of which a `contradiction` has frozen
   * the log, with `SearchIndexError`, or as the source does.
   */
  async round(signal: AbortSignal): Promise<void> {
    const { origin, policy, writer, openSource, onProgress, now } = this.#options;
    const progress = await writer.progress(origin);
    const source = openSource(signal);
    const note = await source.checkpoint();
    const { size, confirmed } = progress;
    if (confirmed?.note === note) return onProgress({ size, shownSize: confirmed.size });
    const next = openTrusted(note, policy, 'The log');
    // Lines of others come and go.
    if (confirmed?.note === next.verifiedNote) {
      return onProgress({ size, shownSize: confirmed.size });
    }
    await this.#checkGoesOn(next, progress, source);
    const seen = seenCheckpoint(next, now());
    onProgress({ size, shownSize: seen.size });
    if (size < seen.size) {
      await writer.begin(origin, seen);
      await this.#read(next, size, signal);
    }
    await writer.confirm(origin, seen);
  }

  async #checkGoesOn(
    next: TrustedCheckpoint,
    { confirmed, begun }: LogProgress,
    source: TileSource,
  ): Promise<void> {
    const { origin, policy, writer } = this.#options;
    const known: KnownTree[] = [];
    if (confirmed !== undefined) known.push({ ...confirmed, tiles: indexTiles(writer, origin) });
    if (begun !== undefined) known.push(begun);
    try {
      await checkGoesOn(next, known, source, policy);
    } catch (error) {
      if (error instanceof FollowError && error.kind === 'contradiction') await this.#freeze(error);
      throw error;
    }
  }

  async #freeze({ evidence }: FollowError): Promise<void> {
    const { origin, writer, now } = this.#options;
    const foundMs = now();
    const documents = evidence.map((item) => {
      return { id: evidenceId(item), document: encodeEvidence(item), foundMs };
    });
    await writer.freeze(origin, documents);
  }

  async #read(next: TrustedCheckpoint, from: number, signal: AbortSignal): Promise<void> {
    const { places, slowPlaces, onSlow } = this.#options;
    const { size: shownSize } = next.checkpoint;
    for (let size = from; size < shownSize; ) {
      const before = size;
      size = await places.hold((makeWay) => {
        return this.#readSlice(next, size, { makeWay, signal: AbortSignal.any([signal, makeWay]) });
      });
      if (size > before) continue;
      onSlow();
      // As long as one bundle takes, so that it gets on.
      size = await slowPlaces.hold((makeWay) => this.#readSlice(next, size, { makeWay, signal }));
    }
  }

  async #readSlice(next: TrustedCheckpoint, from: number, slice: Slice): Promise<number> {
    const { origin, writer, judge, openSource, onProgress } = this.#options;
    const { makeWay, signal } = slice;
    const { size: shownSize } = next.checkpoint;
    // What was asked for ahead is of no use to the next slice.
    const end = new AbortController();
    try {
      return await readEntries(next.checkpoint, from, {
        source: openSource(AbortSignal.any([signal, end.signal])),
        judge,
        makeWay,
        append: async (verified) => {
          await writer.append(origin, verified);
          const { firstIndex, entries } = verified.at(-1)!;
          onProgress({ size: firstIndex + entries.length, shownSize });
        },
      });
    } finally {
      end.abort();
    }
  }
}

interface Slice {
  readonly makeWay: AbortSignal;
  /** Ends what is asked of the log. */
  readonly signal: AbortSignal;
}

function seenCheckpoint(
  { verifiedNote: note, checkpoint, cosignatures }: TrustedCheckpoint,
  seenMs: number,
): SeenCheckpoint {
  const { size, root } = checkpoint;
  const cosigned = cosignatures.map(({ witness, timeSeconds }) => ({ witness, timeSeconds }));
  return { size, root, note, seenMs, cosigned };
}
