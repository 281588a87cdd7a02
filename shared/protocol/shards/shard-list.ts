/**
 * Shard lists (docs/spec/shards.md): which logs an operator has, one after the other, as a note that he signs. By it
 * clients find the shard to write to and those to read.
 *
 * What `parseShardList` accepts, `formatShardList` writes back byte for byte. The first line is that of no
 * checkpoint, so a signature on a list is none on a tree. Nothing here knows the time: whoever opens a list says it.
 */
import { checkInteger, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { encodeUtf8, isLongerThan, parseDecimal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, HASH_BYTES, type Hash } from '../merkle/hash.ts';
import { isLogType, logAlgorithmOf } from '../note/algorithms.ts';
import { KEY_TYPES, parseVerifierKey, type SignerKey, type VerifierKey } from '../note/key.ts';
import { formatNote } from '../note/note.ts';
import { openNote } from '../note/open.ts';
import { recode } from '../note/recode.ts';

/** Most shards of a list. */
export const MAX_SHARDS = 256;
/** Longest text of a list, in bytes of UTF-8. */
export const MAX_SHARD_LIST_BYTES = 512 * 1024;

const HEADER = 'tecp-shards@v1';

/** The tree that a frozen log ends with. */
export interface FinalTree {
  readonly size: number;
  readonly root: Hash;
}

/** One log. Its origin is the name of its key. */
export interface Shard {
  readonly key: VerifierKey;
  /** A prefix, without a slash at its end. That it can be asked is not said. */
  readonly url: string;
  /** POSIX seconds, as all times of a list: since when it is written to. */
  readonly began: number;
  /** Absent while it takes entries. */
  readonly final?: FinalTree;
}

export interface ShardList {
  /** Greater than that of every list before it. */
  readonly version: number;
  readonly issued: number;
  /** From then on it is not to be used. */
  readonly expires: number;
  /** In the order in which they began; at least one. */
  readonly shards: readonly Shard[];
}

function bad(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-shards', message, field);
}

/** The text of a list, to be signed. Throws `bad-shards` or `too-large`. */
export function formatShardList(list: ShardList): string {
  checkShardList(list);
  const { version, issued, expires, shards } = list;
  const head = [HEADER, `version ${version}`, `issued ${issued}`, `expires ${expires}`];
  const text = [...head, ...shards.flatMap(linesOf)].map((line) => `${line}\n`).join('');
  if (!isLongerThan(text, MAX_SHARD_LIST_BYTES)) return text;
  throw new ProtocolError('too-large', `shard list above ${MAX_SHARD_LIST_BYTES} bytes`);
}

function linesOf({ key, url, began, final }: Shard): string[] {
  const state = final === undefined ? 'open' : `frozen ${final.size} ${encodeBase64(final.root)}`;
  return [`shard ${key.text}`, `url ${url}`, `began ${began}`, `state ${state}`];
}

/** Throws `bad-shards`. */
function checkShardList({ version, issued, expires, shards }: ShardList): void {
  for (const [name, value] of Object.entries({ version, issued, expires })) {
    checkInteger(value, name);
  }
  if (version < 1) throw bad('expected a version of at least 1', 'version');
  if (expires <= issued) throw bad('it expires before it is issued', 'expires');
  if (shards.length === 0) throw bad('a list has at least one shard', 'shard');
  if (shards.length > MAX_SHARDS) {
    throw new ProtocolError('too-large', `more than ${MAX_SHARDS} shards`, 'shard');
  }
  for (const { key, url, began, final } of shards) {
    checkInteger(began, 'began');
    if (final !== undefined) checkInteger(final.size, 'size');
    if (!isLogType(key.type)) throw bad('not the key of a log', 'shard');
    if (!isPrefix(url)) {
      throw bad('expected an http or https URL in ASCII to which paths can be appended', 'url');
    }
  }
  const distinct = (of: (shard: Shard) => string) => new Set(shards.map(of)).size === shards.length;
  if (!distinct(({ key }) => key.name) || !distinct(({ url }) => url)) {
    throw bad('two shards have one origin, or one URL', 'shard');
  }
  const isInOrder = shards.every((shard, i) => i === 0 || shards[i - 1]!.began <= shard.began);
  if (!isInOrder) throw bad('the shards are not in the order in which they began', 'began');
}

/** Said without a parser of URLs, of which no two agree: all readers of a list take the same ones. */
function isPrefix(url: string): boolean {
  const [, rest] = /^https?:\/\/([!-~]+)$/.exec(url) ?? [];
  return rest !== undefined && !/^\/|[?#@\\]|\/$/.test(rest);
}

/** Parses the text of a list (a note's text). Throws `bad-shards` or `too-large`. */
export function parseShardList(text: string): ShardList {
  checkText(text, 'shard list');
  if (isLongerThan(text, MAX_SHARD_LIST_BYTES)) {
    throw new ProtocolError('too-large', `shard list above ${MAX_SHARD_LIST_BYTES} bytes`);
  }
  const lines = text.split('\n', 4 * (MAX_SHARDS + 1) + 2);
  if (lines.pop() !== '') throw bad('too many lines, or the last one has no newline');
  if (lines.shift() !== HEADER) throw bad(`expected "${HEADER}"`);
  const list = recode('bad-shards', undefined, () => {
    const next = (keyword: string) => restOf(lines.shift(), keyword);
    const number = (keyword: string) => parseDecimal(next(keyword), keyword);
    const head = {
      version: number('version'),
      issued: number('issued'),
      expires: number('expires'),
    };
    const shards: Shard[] = [];
    while (lines.length > 0) {
      const key = keyOf(next('shard'));
      const shard = { key, url: next('url'), began: number('began') };
      shards.push({ ...shard, ...parseState(next('state')) });
    }
    return { ...head, shards };
  });
  if (formatShardList(list) !== text) throw bad('not in canonical form');
  return list;
}

function restOf(line: string | undefined, keyword: string): string {
  if (line?.startsWith(`${keyword} `)) return line.slice(keyword.length + 1);
  throw bad(`expected "${keyword} ..."`, keyword);
}

function keyOf(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    throw error instanceof ProtocolError ? bad(error.message, 'shard') : error;
  }
}

function parseState(state: string): { final?: FinalTree } {
  if (state === 'open') return {};
  const [word, size, root, ...rest] = state.split(' ');
  if (word !== 'frozen' || size === undefined || root === undefined || rest.length > 0) {
    throw bad('expected "open", or "frozen <size> <root>"', 'state');
  }
  const hash = asHash(decodeBase64(root, HASH_BYTES, 'state'));
  return { final: { size: parseDecimal(size, 'state'), root: hash } };
}

/** Signs a list with a key of the operator's own, of type 0x01. Returns a whole note. */
export function signShardList(list: ShardList, operator: SignerKey): string {
  checkOperatorKey(operator.verifier, list);
  const text = formatShardList(list);
  const { name, id, type } = operator.verifier;
  const bytes = logAlgorithmOf(type).sign(operator.seed, encodeUtf8(text));
  return formatNote({ text, signatures: [{ name, id, bytes }] });
}

/**
 * Opens a signed list by the operator's key, at a time in POSIX seconds. Throws as `openNote` and `parseShardList` do,
 * and `stale` for a list that has expired.
 */
export function openShardList(note: string, operator: VerifierKey, nowSeconds: number): ShardList {
  checkOperatorKey(operator);
  const list = parseShardList(openNote(note, [operator]).note.text);
  checkOperatorKey(operator, list);
  if (nowSeconds < list.expires) return list;
  const when = new Date(list.expires * 1000).toISOString();
  throw new ProtocolError('stale', `the list of shards expired at ${when}`, 'expires');
}

/** A log that signed lists could be led to sign a tree by whoever runs its operator's tools. Throws `bad-key`. */
function checkOperatorKey(operator: VerifierKey, list?: ShardList): void {
  const isOwn = list?.shards.every(({ key }) => key.name !== operator.name) ?? true;
  if (operator.type === KEY_TYPES.ed25519 && isOwn) return;
  throw new ProtocolError('bad-key', 'expected an Ed25519 key of the operator, not of a shard');
}

/**
 * Throws `stale` unless `next` may follow `before`, which was seen earlier: its version does not go back, one version
 * is one list, and what was said of a shard stays: no shard goes, changes its key, thaws, or ends with another tree.
 */
export function checkFollows(before: ShardList, next: ShardList): void {
  const wrong = (message: string) => new ProtocolError('stale', message, 'version');
  if (next.version < before.version) {
    throw wrong(`version ${next.version} of the list came after version ${before.version}`);
  }
  const isSame = formatShardList(before) === formatShardList(next);
  if (next.version === before.version && !isSame) {
    throw wrong(`there are two lists of version ${next.version}`);
  }
  for (const { key, began, final } of before.shards) {
    const now = next.shards.find((shard) => shard.key.text === key.text);
    const isKept = now !== undefined && now.began === began;
    const stays = final === undefined || stateOf(now) === stateOf({ final });
    if (!isKept || !stays) throw wrong(`the list says something else of the shard ${key.name}`);
  }
}

function stateOf(shard: Pick<Shard, 'final'> | undefined): string | undefined {
  return shard?.final && `${shard.final.size} ${encodeBase64(shard.final.root)}`;
}

/** The shard to write to: the last that is open; undefined if all are frozen. */
export function shardToWrite({ shards }: ShardList): Shard | undefined {
  return shards.findLast(({ final }) => final === undefined);
}
