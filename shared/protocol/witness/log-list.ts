/**
 * Lists of logs for witnesses (witness-network.org, "log-list format"): after the line `logs/v0` each
 * log is a line `vkey`, perhaps `origin`, then `qpd` and `contact`, in this order.
 *
 * Empty lines and those that begin with `#` are for people. A list that is not of this form is refused
 * as a whole. A log in it that cannot be followed here, as its key is of a kind that is not known, is
 * passed over, and said to be: one log must not keep out the others.
 */
import { checkText } from '../arguments.ts';
import { encodeUtf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { isLogType } from '../note/algorithms.ts';
import { MAX_KEY_NAME_BYTES, parseVerifierKey, type VerifierKey } from '../note/key.ts';

/** Longest list, in UTF-16 units; the largest one that is public announces 40,000 logs. */
export const MAX_LOG_LIST_LENGTH = 32 * 1024 * 1024;
/** Most logs in a list. */
export const MAX_LISTED_LOGS = 50_000;
/** Longest contact, in UTF-16 units. */
export const MAX_CONTACT_LENGTH = 1000;
/** Longest line; an ML-DSA-44 key takes about 2,050. */
const MAX_LINE_LENGTH = 8192;

export interface ListedLog {
  readonly origin: string;
  readonly key: VerifierKey;
  /** add-checkpoint requests that it may make in a day. */
  readonly queriesPerDay: number;
  /** How to reach whoever runs it, for people. */
  readonly contact: string;
}

export interface LogList {
  readonly logs: readonly ListedLog[];
  /** Logs that are passed over, by the number of their first line. */
  readonly skipped: readonly { readonly line: number; readonly reason: string }[];
}

interface Line {
  readonly number: number;
  readonly keyword: string;
  readonly value: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note forbids exactly these
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether this may be the first line of a checkpoint, and be shown: one line, at most 255 bytes. */
export function isOrigin(text: string): boolean {
  checkText(text, 'origin');
  if (text === '' || text.trim() !== text || !text.isWellFormed() || CONTROL.test(text))
    return false;
  return text.length <= MAX_KEY_NAME_BYTES && encodeUtf8(text).length <= MAX_KEY_NAME_BYTES;
}

/** Parses a list. Throws `bad-log-list`, or `too-large` beyond the caps. */
export function parseLogList(text: string): LogList {
  checkText(text, 'log list');
  if (text.length > MAX_LOG_LIST_LENGTH) {
    throw new ProtocolError('too-large', `log list above ${MAX_LOG_LIST_LENGTH} characters`);
  }
  const lines = significantLines(text);
  const header = lines.next().value;
  if (header?.keyword !== 'logs/v0' || header.value !== '') {
    throw badList(header?.number ?? 1, 'expected "logs/v0"');
  }
  const logs = new Map<string, ListedLog>();
  const skipped: { line: number; reason: string }[] = [];
  for (let line = lines.next().value; line !== undefined; line = lines.next().value) {
    if (logs.size + skipped.length >= MAX_LISTED_LOGS) {
      throw new ProtocolError('too-large', `more than ${MAX_LISTED_LOGS} logs`);
    }
    const log = readLog(line, lines);
    if (typeof log === 'string') skipped.push({ line: line.number, reason: log });
    else if (!logs.has(log.origin)) logs.set(log.origin, log);
    else skipped.push({ line: line.number, reason: 'its origin is listed twice' });
  }
  return { logs: [...logs.values()], skipped };
}

function badList(line: number, message: string): ProtocolError {
  return new ProtocolError('bad-log-list', `line ${line}: ${message}`, String(line));
}

function* significantLines(text: string): Generator<Line, undefined> {
  let number = 0;
  let at = 0;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    const raw = text.slice(at, end < 0 ? text.length : end);
    at += raw.length + 1;
    number += 1;
    if (raw.length > MAX_LINE_LENGTH) {
      throw new ProtocolError('too-large', `line ${number} above ${MAX_LINE_LENGTH} characters`);
    }
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (!line.isWellFormed() || CONTROL.test(line)) throw badList(number, 'a control character');
    const space = line.indexOf(' ');
    const keyword = space < 0 ? line : line.slice(0, space);
    yield { number, keyword, value: space < 0 ? '' : line.slice(space + 1).trim() };
  }
  return undefined;
}

/** The log that begins with this line, or why it is passed over. */
function readLog(first: Line, lines: Generator<Line, undefined>): ListedLog | string {
  if (first.keyword !== 'vkey') throw badList(first.number, 'expected vkey');
  let line = expectLine(lines, first, 'origin or qpd');
  let origin: string | undefined;
  if (line.keyword === 'origin') {
    // In drafts of the format "none" is written where the key has the name of the origin.
    origin = line.value === 'none' ? undefined : line.value;
    if (line.value === '') throw badList(line.number, 'expected an origin');
    line = expectLine(lines, line, 'qpd');
  }
  const queriesPerDay = readCount(line);
  const contact = expectLine(lines, line, 'contact');
  if (contact.keyword !== 'contact' || contact.value === '') {
    throw badList(contact.number, 'expected contact');
  }
  return toLog(first.value, origin, queriesPerDay, contact.value);
}

function expectLine(lines: Generator<Line, undefined>, last: Line, what: string): Line {
  const { value } = lines.next();
  if (value !== undefined) return value;
  throw badList(last.number, `expected ${what} after it`);
}

function readCount({ number, keyword, value }: Line): number {
  const count = keyword === 'qpd' && /^[1-9][0-9]{0,14}$/.test(value) ? Number(value) : 0;
  if (count > 0) return count;
  throw badList(number, 'expected qpd and a number above 0');
}

function toLog(
  vkey: string,
  origin: string | undefined,
  queriesPerDay: number,
  contact: string,
): ListedLog | string {
  try {
    const key = parseVerifierKey(vkey);
    if (!isLogType(key.type)) return 'its key is a witness’s';
    const name = origin ?? key.name;
    if (!isOrigin(name)) return 'its origin is too long';
    if (contact.length > MAX_CONTACT_LENGTH) return 'its contact is too long';
    return { origin: name, key, queriesPerDay, contact };
  } catch (error) {
    if (error instanceof ProtocolError) return `its key: ${error.message}`;
    throw error;
  }
}
