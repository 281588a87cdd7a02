/**
 * Logs that follow one another, as one to write to: which of them takes entries now says the operator's signed list.
 *
 * Nobody else is believed about it. A list that is older than one that was seen is refused, and what was seen is kept
 * as long as this object: hand `known` of the last run to the next one.
 */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import {
  checkFollows,
  openShardList,
  type Shard,
  type ShardList,
  shardToWrite,
} from '#protocol/shards/shard-list.ts';
import { get, type HttpOptions, parseJsonObject, RemoteError, urlPrefix } from './http.ts';
import { LogClient, type SubmitOptions, type Submitted } from './log-client.ts';

export interface ShardedLogOptions extends HttpOptions {
  /** The list that was seen last, if there was one. */
  readonly known?: ShardList;
  /** Wall clock in milliseconds; that of the machine if absent. */
  readonly now?: () => number;
}

export class ShardedLog {
  readonly #url: string;
  readonly #operator: VerifierKey;
  readonly #options: ShardedLogOptions;
  /** Owned by `refresh`. */
  #known: ShardList | undefined;

  /** `url` is the prefix of any log that serves the list. */
  constructor(url: string, operator: VerifierKey, options: ShardedLogOptions = {}) {
    this.#url = `${urlPrefix(url)}/v1/log/shards`;
    this.#operator = operator;
    this.#options = options;
    this.#known = options.known;
  }

  /** The list that was seen last; undefined before the first. */
  get known(): ShardList | undefined {
    return this.#known;
  }

  /** Fetches the list. Rejects with `RemoteError`, and `ProtocolError` for one that is not to be believed. */
  async refresh(): Promise<ShardList> {
    const { now = Date.now, known: _, ...http } = this.#options;
    const note = decodeUtf8(await get(this.#url, { maxBytes: MAX_NOTE_BYTES, ...http }));
    const list = openShardList(note, this.#operator, now() / 1000);
    if (this.#known !== undefined) checkFollows(this.#known, list);
    this.#known = list;
    return list;
  }

  /** The shard that takes entries now, by a fresh list. Rejects with `stale` where none does. */
  async shardToWrite(): Promise<Shard> {
    const shard = shardToWrite(await this.refresh());
    if (shard === undefined) {
      throw new ProtocolError('stale', 'by the list of shards no log takes entries', 'state');
    }
    return askable(shard);
  }

  /**
   * Submits one entry to the shard that takes entries; to the next one if that was frozen since the list was
   * fetched. A list that has expired is fetched anew; rejects with `stale` if what is served has expired, too. An entry
   * is in a shard once; in which of them its submitter has to remember.
   */
  async submit(
    entry: Uint8Array,
    options: SubmitOptions = {},
  ): Promise<{ readonly shard: Shard; readonly submitted: Submitted }> {
    const { now = Date.now, known: _, ...http } = this.#options;
    const list = this.#known;
    const isCurrent = list !== undefined && now() / 1000 < list.expires;
    const known = isCurrent ? shardToWrite(list) : undefined;
    const first = known === undefined ? await this.shardToWrite() : askable(known);
    const send = async (shard: Shard) => {
      return { shard, submitted: await new LogClient(shard.url, http).submit(entry, options) };
    };
    try {
      return await send(first);
    } catch (error) {
      if (!isFrozen(error)) throw error;
      const next = await this.shardToWrite();
      if (next.key.text === first.key.text) throw error;
      return await send(next);
    }
  }
}

/** A list may name what is no URL to whoever asks it. */
function askable(shard: Shard): Shard {
  if (URL.canParse(shard.url)) return shard;
  throw new ProtocolError('bad-shards', `the URL of ${shard.key.name} cannot be asked`, 'url');
}

/** Whether a log refused an entry as it takes none ever again. */
export function isFrozen(error: unknown): boolean {
  if (!(error instanceof RemoteError) || error.status !== 410) return false;
  return parseJsonObject(error.body ?? '')?.code === 'log-frozen';
}
