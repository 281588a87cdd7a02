/**
 * Fetches again what seldom changes: a source that says it is the same (ETag, 304) is believed, since
 * it could as well send the same again.
 */
import { type HttpOptions, send, statusError } from '#client/http.ts';

export type Fetched =
  /** To be accepted with `accept` once it has been understood; else it is fetched whole again. */
  | { readonly kind: 'new'; readonly body: Uint8Array; readonly accept: () => void }
  | { readonly kind: 'same' }
  /** 404. */
  | { readonly kind: 'none' };

/** Entity tags that are remembered. */
const MAX_TAGS = 100_000;
const MAX_TAG_LENGTH = 200;

export class ChangeFetcher {
  /** Owned here, by URL: of answers that were accepted. */
  readonly #tags = new Map<string, string>();

  /** Throws `RemoteError` for other answers than 200, 304 and 404. */
  async get(url: string, options: HttpOptions): Promise<Fetched> {
    const known = this.#tags.get(url);
    const headers = known === undefined ? {} : { 'if-none-match': known };
    const answer = await send(url, { method: 'GET', headers }, options);
    if (answer.status === 304 && known !== undefined) return { kind: 'same' };
    if (answer.status === 404) return { kind: 'none' };
    if (answer.status !== 200) throw statusError(url, answer);
    const tag = answer.headers.get('etag');
    return { kind: 'new', body: answer.body, accept: () => this.#remember(url, tag) };
  }

  #remember(url: string, tag: string | null): void {
    this.#tags.delete(url);
    if (tag === null || tag.length > MAX_TAG_LENGTH) return;
    this.#tags.set(url, tag);
    if (this.#tags.size > MAX_TAGS) this.#tags.delete(this.#tags.keys().next().value!);
  }
}
