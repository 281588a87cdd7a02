/** Checkpoints that are kept for ever, as readers get them: each is parsed once while it is asked for. */
import { LRUCache } from 'lru-cache';
import { parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { parseNote } from '#protocol/note/note.ts';
import type { Anchor, LogReader } from '../store/store.ts';
import { PublishedCheckpoint } from './published-checkpoint.ts';

/** Parsed anchors: a note with its cosignatures takes some 30 KB. */
const MAX_CACHED = 256;

export class AnchorReader {
  readonly #store: Pick<LogReader, 'anchor' | 'anchorCovering'>;
  readonly #parsed = new LRUCache<number, PublishedCheckpoint>({ max: MAX_CACHED });

  constructor(store: Pick<LogReader, 'anchor' | 'anchorCovering'>) {
    this.#store = store;
  }

  /** The earliest anchor that covers an index. */
  async covering(index: number): Promise<PublishedCheckpoint | undefined> {
    return this.#parse(await this.#store.anchorCovering(index));
  }

  async ofSize(size: number): Promise<PublishedCheckpoint | undefined> {
    return this.#parse(await this.#store.anchor(size));
  }

  #parse(anchor: Anchor | undefined): PublishedCheckpoint | undefined {
    if (anchor === undefined) return undefined;
    const known = this.#parsed.get(anchor.size);
    if (known !== undefined) return known;
    const { note } = anchor;
    const parsed = new PublishedCheckpoint(note, parseCheckpoint(parseNote(note).text), true);
    this.#parsed.set(anchor.size, parsed);
    return parsed;
  }
}
