/** What a mirror shows to readers: the tree that it holds and has verified, as the log itself would. */
import { PublishedCheckpoint } from '../serving/published-checkpoint.ts';
import type { ServedFiles } from '../serving/tile-routes.ts';
import type { MirrorCopy } from './copy.ts';
import type { Mirror } from './mirror.ts';

export class ServedCopy implements ServedFiles {
  readonly publication: Pick<MirrorCopy, 'read'>;
  readonly #mirror: Mirror;
  /** Owned by `published`. */
  #published: PublishedCheckpoint | undefined;

  constructor(mirror: Mirror, copy: MirrorCopy) {
    this.#mirror = mirror;
    this.publication = copy;
  }

  get origin(): string {
    return this.#mirror.shown?.checkpoint.origin ?? '';
  }

  get published(): PublishedCheckpoint | undefined {
    const { shown } = this.#mirror;
    if (shown?.note !== this.#published?.note) {
      this.#published = shown && new PublishedCheckpoint(shown.note, shown.checkpoint);
    }
    return this.#published;
  }

  get standing(): ServedFiles['standing'] {
    return { signedSize: this.#mirror.shown?.checkpoint.size ?? 0 };
  }

  /** Whoever follows the log does that, and not those who read. */
  catchUp(): undefined {
    return undefined;
  }
}
