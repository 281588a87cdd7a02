/**
 * Lists of shards (docs/spec/shards.md; docs/spec/verifier.md, section 6): which logs an operator has, the one to write
 * to and those to read.
 */
import { get, type HttpOptions } from '#client/http.ts';
import { tryAgain } from '#client/retry.ts';
import { checkMembers } from '#protocol/arguments.ts';
import { KEY_TYPES, type VerifierKey } from '#protocol/note/key.ts';
import { MAX_NOTE_BYTES } from '#protocol/note/note.ts';
import * as lists from '#protocol/shards/shard-list.ts';
import { FormatError, judging, reading } from './format-error.ts';
import { asString, type Text } from './text.ts';

type ShardList = lists.ShardList;

export interface ShardListOptions {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** The list that was seen last: an older one is refused. */
  readonly before?: ShardList;
}

export type FetchShardsOptions = Pick<HttpOptions, 'fetch' | 'timeoutMs' | 'signal'> &
  Partial<ShardListOptions>;

const FETCH_OPTIONS: readonly (keyof FetchShardsOptions)[] = [
  'fetch',
  'timeoutMs',
  'signal',
  'nowMs',
  'before',
];
const ATTEMPTS = 5;
const TIMEOUT_MS = 30_000;

/**
 * Opens a signed list by the operator's key, of type 0x01. Throws `FormatError`: `bad-key`, `malformed`,
 * `bad-signature`, `untrusted`, or `stale` for a list that has expired or does not follow the one before.
 */
export function openShardList(
  note: Text,
  operator: VerifierKey,
  { nowMs, before }: ShardListOptions,
): ShardList {
  const text = asString(note);
  const isOfKind = operator.type === KEY_TYPES.ed25519;
  if (!isOfKind) throw new FormatError('bad-key', 'expected a key of type 0x01');
  return judging(() => {
    const list = lists.openShardList(text, operator, nowMs / 1000);
    if (before !== undefined) lists.checkFollows(before, list);
    return list;
  });
}

/**
 * Fetches the list from any log that serves it, and opens it at the time of this machine unless the options say
 * another. Rejects with `RemoteError`, and with `FormatError` as `openShardList` throws it.
 */
export async function fetchShardList(
  url: string,
  operator: VerifierKey,
  options: FetchShardsOptions = {},
): Promise<ShardList> {
  checkMembers(options, 'options', FETCH_OPTIONS);
  const { nowMs = Date.now(), before, timeoutMs = TIMEOUT_MS, ...http } = options;
  const asked = { maxBytes: MAX_NOTE_BYTES, timeoutMs, ...http };
  const fetched = () => get(`${url.replace(/\/+$/, '')}/v1/log/shards`, asked);
  const note = await tryAgain(ATTEMPTS, fetched, options.signal);
  return openShardList(note, operator, before === undefined ? { nowMs } : { nowMs, before });
}

/** The text of a list, such as one that was kept to know what was seen last. Throws `malformed`. */
export function parseShardList(text: Text): ShardList {
  return reading('malformed', () => lists.parseShardList(asString(text)));
}
