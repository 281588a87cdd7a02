/** Checkpoints that are kept for ever, as readers get them: each is parsed once while it is asked for. */
import { LRUCache } from 'lru-cache';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { Anchor, LogReader } from '../store/store.ts';
import { PublishedCheckpoint } from './published-checkpoint.ts';

/** Parsed anchors: a note with its cosignatures takes some 30 KB. */
const MAX_CACHED = 256;

interface Known {
  readonly checkpoint: PublishedCheckpoint;
  /** The least index that it is known to be the earliest for: no anchor will ever come in between. */
  from: number;
}

export class AnchorReader {
  readonly #store: Pick<LogReader, 'anchor' | 'anchorCovering'>;
  /** By their size. Owned by `#parse` and `covering`. */
  readonly #known = new LRUCache<number, Known>({ max: MAX_CACHED });

  constructor(store: Pick<LogReader, 'anchor' | 'anchorCovering'>) {
    this.#store = store;
  }

  /** The earliest anchor that covers an index. */
  async covering(index: number): Promise<PublishedCheckpoint | undefined> {
    const before = this.#known.find(({ from, checkpoint }) => {
      return from <= index && index < checkpoint.size;
    });
    const known = before ?? this.#parse(await this.#store.anchorCovering(index));
    if (known !== undefined) known.from = Math.min(known.from, index);
    return known?.checkpoint;
  }

  async ofSize(size: number): Promise<PublishedCheckpoint | undefined> {
    return this.#parse(await this.#store.anchor(size))?.checkpoint;
  }

  #parse(anchor: Anchor | undefined): Known | undefined {
    if (anchor === undefined) return undefined;
    const { size, note } = anchor;
    const before = this.#known.get(size);
    if (before !== undefined) return before;
    const checkpoint = new PublishedCheckpoint(note, parseCheckpoint(parseNote(note).text), true);
    // For its last leaf it is the earliest.
    const known = { checkpoint, from: size - 1 };
    this.#known.set(size, known);
    return known;
  }
}
