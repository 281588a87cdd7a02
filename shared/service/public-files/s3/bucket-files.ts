/**
 * Public files as objects of a bucket, below a prefix, on anything that speaks S3 with conditional writes.
 *
 * Nothing here has a lock: what does not change is written only where nothing is (`If-None-Match: *`), the
 * checkpoint only over the one that was read (`If-Match`). Where an answer was lost the request is sent again,
 * and what is then there already is read and compared.
 */
import { encodeUtf8, equalBytes } from '#protocol/bytes.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import {
  MAX_FILE_BYTES,
  type PublicFiles,
  PublicFilesError,
  type StoredCheckpoint,
} from '../public-files.ts';
import { S3Client, type S3Request, TOO_LARGE } from './client.ts';
import type { S3Location } from './location.ts';
import { isConditional } from './probe.ts';

const IMMUTABLE = {
  'content-type': 'application/octet-stream',
  'cache-control': 'public, max-age=31536000, immutable',
  'if-none-match': '*',
} as const;
const REPLACED = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'public, max-age=1',
} as const;
const CHECKPOINT = 'checkpoint';
/** Of an answer that has nothing to say. */
const SMALL = 64 * 1024;
/** Of a list of a thousand names. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;

export class BucketFiles implements PublicFiles {
  readonly #client: S3Client;
  /** Whether the server honours conditions: settled before the first write. Owned by `#checked`. */
  #checking: Promise<void> | undefined;

  constructor(location: S3Location) {
    this.#client = new S3Client(location);
  }

  get name(): string {
    return this.#client.location.name;
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    return (await this.#get(path, MAX_FILE_BYTES))?.body;
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#checked();
    const request = {
      method: 'PUT',
      path,
      headers: IMMUTABLE,
      body: bytes,
      maxBytes: SMALL,
    } as const;
    const answer = await this.#client.request(request);
    if ('ok' in answer) return;
    if (answer.refused.status !== 412) throw this.#client.refused(request, answer.refused);
    await this.#compare(path, bytes);
  }

  async removeBeneath(folder: string): Promise<void> {
    const paths = await this.#list(`${folder}/`);
    const removals = await Promise.allSettled(paths.map((path) => this.#remove(path)));
    for (const removal of removals) if (removal.status === 'rejected') throw removal.reason;
  }

  async checkpoint(): Promise<StoredCheckpoint | undefined> {
    const found = await this.#get(CHECKPOINT, MAX_NOTE_BYTES);
    if (found === undefined) return undefined;
    const version = found.headers.get('etag');
    if (version !== null) return { note: new TextDecoder().decode(found.body), version };
    throw new PublicFilesError('refused', `${this.name}: the server gives no ETag.`);
  }

  async replaceCheckpoint(note: string, before: StoredCheckpoint | undefined) {
    await this.#checked();
    const condition: Record<string, string> =
      before === undefined ? { 'if-none-match': '*' } : { 'if-match': before.version };
    const request = {
      method: 'PUT',
      path: CHECKPOINT,
      headers: { ...REPLACED, ...condition },
      body: encodeUtf8(note),
      maxBytes: SMALL,
    } as const;
    const answer = await this.#client.request(request);
    const version = 'ok' in answer ? answer.ok.headers.get('etag') : null;
    if (version !== null) return { note, version };
    // 404: what it was to replace is gone.
    if ('refused' in answer && answer.refused.status !== 412 && answer.refused.status !== 404) {
      throw this.#client.refused(request, answer.refused);
    }
    const present = await this.checkpoint();
    if (present?.note === note) return present;
    throw new PublicFilesError(
      'conflict',
      `${this.name}: the checkpoint has been replaced meanwhile.`,
    );
  }

  close(): void {}

  /** At most once where it went well, and before anything is written: a server may know no conditions. */
  async #checked(): Promise<void> {
    this.#checking ??= isConditional(this.#client).then((isHonoured) => {
      if (isHonoured) return;
      throw new PublicFilesError(
        'refused',
        `${this.name}: the server ignores If-None-Match or If-Match, so that two writers would spoil each ` +
          "other's files; use one that has conditional writes.",
      );
    });
    await this.#checking.catch((error: unknown) => {
      this.#checking = undefined;
      throw error;
    });
  }

  /** Resolves if what is there is this. */
  async #compare(path: string, bytes: Uint8Array): Promise<void> {
    const request: S3Request = { method: 'GET', path, maxBytes: bytes.length };
    const answer = await this.#client.request(request);
    if ('ok' in answer && equalBytes(answer.ok.body, bytes)) return;
    if ('ok' in answer || answer.refused.code === TOO_LARGE) {
      throw new PublicFilesError('different', `${this.name}: ${path} has other content already.`);
    }
    if (answer.refused.status !== 404) throw this.#client.refused(request, answer.refused);
    throw this.#client.unavailable(request, 'it is gone, though it was there just now');
  }

  async #get(path: string, maxBytes: number) {
    const request: S3Request = { method: 'GET', path, maxBytes };
    const answer = await this.#client.request(request);
    if ('ok' in answer) return answer.ok;
    const { refused } = answer;
    // Of a bucket that is not there a server says the same with another code.
    if (refused.status === 404 && refused.code !== 'NoSuchBucket') return undefined;
    throw this.#client.refused(request, refused);
  }

  /** Objects whose path begins like this, a thousand at most. */
  async #list(start: string): Promise<string[]> {
    const { prefix } = this.#client.location;
    const query = { 'list-type': '2', prefix: `${prefix}${start}` };
    const request: S3Request = { method: 'GET', path: '', query, maxBytes: MAX_LIST_BYTES };
    const answer = await this.#client.request(request);
    if ('refused' in answer) throw this.#client.refused(request, answer.refused);
    const xml = new TextDecoder().decode(answer.ok.body);
    // No key of ours has anything that XML would escape.
    return Array.from(xml.matchAll(/<Key>([^<&]*)<\/Key>/g), (match) => match[1]!)
      .filter((key) => key.startsWith(`${prefix}${start}`))
      .map((key) => key.slice(prefix.length));
  }

  async #remove(path: string): Promise<void> {
    const request: S3Request = { method: 'DELETE', path, maxBytes: SMALL };
    const answer = await this.#client.request(request);
    if ('refused' in answer && answer.refused.status !== 404) {
      throw this.#client.refused(request, answer.refused);
    }
  }
}
