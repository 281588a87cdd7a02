/**
 * What can be told of an add-checkpoint request cheaply: which log it is about, and whether that log
 * has signed it. Proof hashes and the signature lines of others, which anybody can make many of, are
 * not decoded before that.
 */
import { parseDecimal } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { logLineBytes } from '#protocol/note/algorithms.ts';
import {
  type Checkpoint,
  isLogSignature,
  type LogIdentity,
  type LogSignature,
  parseCheckpoint,
} from '#protocol/note/checkpoint.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { formatSignatureLine, parseSignatureLine } from '#protocol/note/note.ts';

const KEY_ID_BYTES = 4;
/** To write the beginning of a line, for which any will do. */
const SHORT_SIGNATURE = new Uint8Array(1);

export interface SignedLook {
  readonly kind: 'signed';
  readonly log: LogIdentity;
  readonly checkpoint: Checkpoint;
  /** The one that was verified. */
  readonly signature: LogSignature;
  /** The text of the checkpoint, as signed. */
  readonly text: string;
}

export type FirstLook =
  | SignedLook
  | { readonly kind: 'unknown-log' }
  | { readonly kind: 'disabled' }
  | { readonly kind: 'untrusted' }
  | { readonly kind: 'bad-signature' };

/** Whom to ask for a log by its origin. */
export interface KnownLogs {
  known(origin: string): (LogIdentity & { readonly isDisabled: boolean }) | undefined;
}

/** Throws `ProtocolError` for what is no request, as far as it was looked at. */
export function lookAt(body: string, logs: KnownLogs): FirstLook {
  const headEnd = body.indexOf('\n\n');
  const oldEnd = body.indexOf('\n');
  if (headEnd < 0 || !body.startsWith('old ')) {
    throw new ProtocolError('bad-proof', 'expected "old <size>", a proof and an empty line');
  }
  parseDecimal(body.slice('old '.length, oldEnd), 'old');
  const start = headEnd + 2;
  const originEnd = body.indexOf('\n', start);
  const log = originEnd < 0 ? undefined : logs.known(body.slice(start, originEnd));
  if (log === undefined) return { kind: 'unknown-log' };
  if (log.isDisabled) return { kind: 'disabled' };
  const textEnd = body.lastIndexOf('\n\n');
  if (textEnd < start) throw new ProtocolError('bad-note', 'no empty line before the signatures');
  const text = body.slice(start, textEnd + 1);
  const checkpoint = parseCheckpoint(text);
  for (const key of log.keys) {
    const line = lineBy(key, body, textEnd + 1);
    if (line === undefined) continue;
    const signature = parseSignatureLine(line);
    // Its last two bits are not in the beginning. Stored with another one, the note would be nobody's.
    if (signature.id !== key.id) continue;
    if (!isLogSignature(text, key, signature.bytes, checkpoint)) return { kind: 'bad-signature' };
    return { kind: 'signed', log, checkpoint, signature: { key, signature }, text };
  }
  return { kind: 'untrusted' };
}

/**
 * The first line after the newline at `from` that begins as one by the key: with its name, and with
 * the base64 of its key ID. At most as long as a signature of the key makes it, whatever follows.
 */
function lineBy({ name, id, type }: VerifierKey, body: string, from: number): string | undefined {
  const short = formatSignatureLine({ name, id, bytes: SHORT_SIGNATURE });
  const digitsAt = short.lastIndexOf(' ') + 1;
  // Five digits of base64 are 30 of the 32 bits of the ID; the signature begins in the sixth.
  const at = body.indexOf(`\n${short.slice(0, digitsAt + 5)}`, from);
  if (at < 0) return undefined;
  const longest = digitsAt + 4 * Math.ceil((KEY_ID_BYTES + logLineBytes(type)) / 3) + 1;
  const end = body.indexOf('\n', at + 1);
  return body.slice(at + 1, end < 0 ? at + longest : Math.min(end, at + longest));
}
