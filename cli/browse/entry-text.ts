/** Entries for people, a line or a page each, and for programs. All text in them is from outside. */
import type { CheckedProof } from '#cli/lib/log-target.ts';
import { formatFacts, formatTime, plural, printable } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import { encodeBase64 } from '#protocol/base64.ts';
import { decodeUtf8, toHex } from '#protocol/bytes.ts';
import { JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { type JsonValue, parseJson } from '#protocol/json/canonical.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { printableJson } from '#protocol/printable.ts';
import type { LoggedEntry, LogView, Standing } from './log-view.ts';

/** Of a title in a list, in characters. Whoever may add to a log may make it as long as an entry. */
const MAX_TITLE = 200;

/** `17  2026-01-31T12:00:00.000Z  tecp-receipt  build:sha256:...` */
export function formatEntryLine({ index, type, bytes }: LoggedEntry, size: number): string {
  const { title, timeMs } = type.describe(bytes);
  const width = String(Math.max(0, size - 1)).length;
  return [
    paint('strong', String(index).padStart(width)),
    paint('quiet', (timeMs === undefined ? '-' : formatTime(timeMs)).padEnd(24)),
    type.name,
    printable(title.length > MAX_TITLE ? `${title.slice(0, MAX_TITLE)}...` : title),
  ].join('  ');
}

/** Members that are undefined are left out by `JSON.stringify`. */
export function entryJson({ index, leafHash, type, bytes }: LoggedEntry, { standing }: LogView) {
  const { title, timeMs } = type.describe(bytes);
  return {
    index,
    leaf_hash: toHex(leafHash),
    type: type.name,
    bytes: bytes.length,
    title,
    time: timeMs,
    checkpoint: standing.kind,
  };
}

/** The entry itself: as JSON where it is, else in base64. */
export function contentJson({ type, bytes }: LoggedEntry) {
  const value = type.mediaType === JSON_MEDIA_TYPE ? jsonOf(bytes) : undefined;
  return value === undefined ? { entry_base64: encodeBase64(bytes) } : { entry: value };
}

/** What the reader has to know of the checkpoint, where it is less than cosigned. */
export function standingWarning(standing: Standing): string | undefined {
  if (standing.kind === 'cosigned') return undefined;
  return standing.kind === 'signed'
    ? 'warning: the checkpoint is signed by the log, but lacks the quorum of the policy.'
    : 'not verified: these entries make the tree that the log shows, but nobody is trusted to say ' +
        'that it is the tree that all see; name a policy file with --policy.';
}

export function formatEntry(entry: LoggedEntry, view: LogView, proof: string): string {
  const { index, leafHash, type, bytes } = entry;
  const { title, timeMs } = type.describe(bytes);
  const facts = formatFacts([
    ['log', printable(view.checkpoint.origin)],
    ['type', type.name],
    ['title', printable(title)],
    ['made', timeMs === undefined ? undefined : formatTime(timeMs)],
    ['size', plural(bytes.length, 'byte')],
    ['hash', toHex(leafHash)],
    ['proof', proof],
  ]);
  const heading = `${paint('strong', `Entry ${index}`)} of ${view.size}`;
  return `${heading}\n${facts}\n${contentText(entry)}\n`;
}

export function proofText({ opened, cosigners, isTrusted }: CheckedProof): string {
  const { checkpoint, quorumTimeSeconds } = opened;
  const by = printable(cosigners.join(', '));
  const time = quorumTimeSeconds === undefined ? '' : ` by ${formatTime(quorumTimeSeconds * 1000)}`;
  const whose = isTrusted ? '' : ' (by the policy that the log itself names)';
  return `in a tree of ${checkpoint.size}${time}, cosigned by ${by}${whose}`;
}

function contentText({ type, bytes }: LoggedEntry): string {
  const text = textOf(bytes);
  if (text === undefined) return hexLines(bytes);
  const value = type.mediaType === JSON_MEDIA_TYPE ? jsonOf(bytes) : undefined;
  return value === undefined ? printable(text) : printableJson(JSON.stringify(value, null, 2));
}

/** Undefined for what would look other than it is, or like nothing at all: repeated members, deep nesting. */
function jsonOf(bytes: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(bytes, MAX_ENTRY_BYTES);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}

function hexLines(bytes: Uint8Array): string {
  return toHex(bytes).replace(/.{1,64}/g, '$&\n');
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return undefined;
  }
}
