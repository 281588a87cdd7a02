/**
 * Values of filters as people and programs write them, each read into its one spelling: hashes and keys in hex,
 * base64 or base64url, times in ISO 8601 or Unix milliseconds. Nothing is thrown but `SpellingError`.
 */
import { decodeBase64Url, encodeBase64Url } from '#protocol/base64.ts';
import { fromHex, parseDecimal, toHex } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';

/** A value that cannot be meant, and what may have been. */
export class SpellingError extends Error {
  override readonly name = 'SpellingError';
  /** Another value that is likely to be meant. */
  readonly better: string | undefined;

  constructor(expected: string, got: string, better?: string) {
    super(`expected ${expected}, got ${got}`);
    this.better = better;
  }
}

/** Most characters of any value. */
export const MAX_VALUE_LENGTH = 1024;
const HEX = /^(?:[0-9a-f]{2})+$/i;
const HEX_DIGITS = /^[0-9a-f]+$/i;

/** `min` to `max` bytes in hex of any case, or in base64 of either alphabet, padded or not. */
export function readBytes(text: string, min: number, max: number): Uint8Array {
  const bytes = bytesIn(text);
  if (bytes !== undefined && bytes.length >= min && bytes.length <= max) return bytes;
  const count = min === max ? `${min} bytes` : `${min} to ${max} bytes`;
  const digits = min === max ? `${2 * min} hex digits or ${base64Length(min)} of base64` : '';
  throw new SpellingError(`${count}${digits && `: ${digits}`}`, whatItIs(text, bytes));
}

function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/** Hex first: what is both is far too unlikely to be base64. */
function bytesIn(text: string): Uint8Array | undefined {
  if (HEX.test(text)) return fromHex(text.toLowerCase());
  // A plus in the query of a URL is read as a space.
  const digits = text
    .replace(/={1,2}$/, '')
    .replaceAll(/[+ ]/g, '-')
    .replaceAll('/', '_');
  try {
    return decodeBase64Url(digits);
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function whatItIs(text: string, bytes: Uint8Array | undefined): string {
  if (HEX_DIGITS.test(text)) return `${text.length} hex digits`;
  return bytes === undefined ? 'neither hex nor base64' : `${bytes.length} bytes`;
}

/** Base64url, but in hex where that would be read as hex. */
export function writeBytes(b64u: string): string {
  return HEX.test(b64u) ? toHex(decodeBase64Url(b64u)) : b64u;
}

/** Bytes in the one spelling of facts and filters. */
export function readB64u(text: string, min: number, max = min): string {
  return encodeBase64Url(readBytes(text, min, max));
}

export function readIndex(text: string): number {
  try {
    return parseDecimal(text);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new SpellingError('an index, an integer from 0', quoted(text));
  }
}

/** A number below this is more likely a year, or seconds: as milliseconds it is before 1973. */
const LEAST_PLAIN_MS = 10 ** 11;
const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+ -]\d\d:\d\d)?)?$/i;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Unix milliseconds of a date or a date-time, which is in UTC unless it says otherwise, or as they are. */
export function readTime(text: string): number {
  const ms = /^\d+$/.test(text) ? readNumber(text) : readIso(text);
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms;
  const expected =
    'a time from 1970 on, such as 2026-11-23, 2026-11-23T10:00Z or Unix milliseconds';
  throw new SpellingError(expected, quoted(text));
}

function readNumber(text: string): number {
  const number = Number(text);
  if (number === 0 || number >= LEAST_PLAIN_MS) return number;
  const isYear = text.length === 4 && number >= 1970;
  const better = isYear
    ? `${text}-01-01`
    : number >= LEAST_PLAIN_MS / 1000
      ? `${text}000`
      : undefined;
  throw new SpellingError('a date or Unix milliseconds', `${text}, which is too small`, better);
}

function readIso(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const ms = Number((match[7] ?? '').padEnd(3, '0'));
  const date = new Date(Date.UTC(year!, month! - 1, day, hour, minute, second, ms));
  // Years below 100, and what does not exist, come out as something else.
  const isReal =
    date.getUTCFullYear() === year &&
    date.getUTCDate() === day &&
    hour! < 24 &&
    minute! < 60 &&
    second! < 60;
  const zoneMs = offsetMs(match[8] ?? 'Z');
  if (!isReal || zoneMs === undefined) return undefined;
  return date.getTime() - zoneMs;
}

/** How far a zone is ahead of UTC; undefined where it is none (RFC 3339, section 5.6). */
function offsetMs(zone: string): number | undefined {
  if (/^z$/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (60 * hours + minutes) * MINUTE_MS;
}

/** The shortest ISO form, in UTC; Unix milliseconds after the year 9999. */
export function writeTime(ms: number): string {
  if (ms > Date.UTC(9999, 11, 31, 23, 59, 59, 999)) return String(ms);
  const iso = new Date(ms).toISOString();
  if (ms % DAY_MS === 0) return iso.slice(0, 10);
  return iso.replace('.000Z', 'Z');
}

/** Text from outside in a message: short, as its reader escapes it. */
export function quoted(text: string): string {
  return text.length <= 80 ? `"${text}"` : `"${text.slice(0, 77)}..."`;
}
