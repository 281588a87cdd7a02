/**
 * Checkpoints (C2SP tlog-checkpoint): the signed note by which a log commits to a tree.
 *
 * The text is the origin, the size, the root and optional extension lines. Parsing re-encodes and
 * compares. A checkpoint is opened with the identity of its log: the origin, and keys that may sign it.
 */
import { checkInteger, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { encodeUtf8, equalBytes, isLongerThan, parseDecimal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, checkHash, HASH_BYTES, type Hash } from '../merkle/hash.ts';
import { isLogType, logAlgorithmOf, verifiesLogLine } from './algorithms.ts';
import type { SignerKey, VerifierKey } from './key.ts';
import {
  distinctSignaturesBy,
  formatNote,
  type Note,
  type NoteSignature,
  parseNote,
} from './note.ts';
import { recode } from './recode.ts';

/** Longest text of a checkpoint, in bytes of UTF-8. */
export const MAX_CHECKPOINT_TEXT_BYTES = 16 * 1024;
/** Most extension lines. */
export const MAX_CHECKPOINT_EXTENSIONS = 64;

export interface Checkpoint {
  /** The log's identity: the first line. */
  readonly origin: string;
  /** Count of leaves. */
  readonly size: number;
  /** Root of the tree of that size; at size 0 not checked to be that of the empty tree. */
  readonly root: Hash;
  /** Opaque lines after the root; not authenticated by ML-DSA-44 cosignatures. */
  readonly extensions: readonly string[];
}

/**
 * Who a log is: the origin of its checkpoints, and the keys whose signature makes one its own. There are
 * several while it changes its key. A key may have another name than the origin.
 */
export interface LogIdentity {
  readonly origin: string;
  readonly keys: readonly VerifierKey[];
}

/** A verified signature by one of a log's keys. */
export interface LogSignature {
  readonly key: VerifierKey;
  readonly signature: NoteSignature;
}

export interface OpenedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  /** The log's verified signatures, in the order of its keys; at least one. */
  readonly logSignatures: readonly LogSignature[];
}

function badCheckpoint(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-checkpoint', message, field);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a note forbids exactly these
const FORBIDDEN = /[\u0000-\u001f]/;

function isLine(line: string): boolean {
  return line !== '' && line.isWellFormed() && !FORBIDDEN.test(line);
}

function checkTextSize(text: string): void {
  if (!isLongerThan(text, MAX_CHECKPOINT_TEXT_BYTES)) return;
  throw new ProtocolError('too-large', `checkpoint above ${MAX_CHECKPOINT_TEXT_BYTES} bytes`);
}

/**
 * The text of a checkpoint, to be signed. Throws `bad-checkpoint` for lines that cannot be one, and
 * RangeError for a size or a root that is none.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions } = checkpoint;
  checkInteger(size, 'size');
  checkHash(root, 'root');
  if (extensions.length > MAX_CHECKPOINT_EXTENSIONS) {
    throw badCheckpoint(`more than ${MAX_CHECKPOINT_EXTENSIONS} extension lines`, 'extensions');
  }
  const lines = [origin, String(size), encodeBase64(root), ...extensions];
  const bad = lines.findIndex((line) => !isLine(line));
  if (bad >= 0) throw badCheckpoint(`line ${bad + 1} is empty or has control characters`);
  const text = `${lines.join('\n')}\n`;
  checkTextSize(text);
  return text;
}

/** Parses the text of a checkpoint (a note's text). Throws `bad-checkpoint` or `too-large`. */
export function parseCheckpoint(text: string): Checkpoint {
  checkText(text, 'checkpoint');
  checkTextSize(text);
  const [origin, size, root, ...rest] = text.split('\n');
  if (origin === undefined || size === undefined || root === undefined || rest.pop() !== '') {
    throw badCheckpoint('expected lines of origin, size and root, each with its newline');
  }
  const checkpoint = recode('bad-checkpoint', undefined, () => ({
    origin,
    size: parseDecimal(size, 'size'),
    root: asHash(decodeBase64(root, HASH_BYTES, 'root')),
    extensions: rest,
  }));
  if (formatCheckpoint(checkpoint) !== text) throw badCheckpoint('not in canonical form');
  return checkpoint;
}

/** Signs a checkpoint with the log's key. Returns a whole note. Throws `bad-key` for another's. */
export function signCheckpoint(checkpoint: Checkpoint, logKey: SignerKey): string {
  const text = formatCheckpoint(checkpoint);
  const { sign } = logAlgorithmOf(logKey.verifier.type);
  const { name, id } = logKey.verifier;
  if (name !== checkpoint.origin) {
    const message = `key "${name}" is not of origin "${checkpoint.origin}"`;
    throw new ProtocolError('bad-key', message, 'name');
  }
  const bytes = sign(logKey.seed, encodeUtf8(text));
  return formatNote({ text, signatures: [{ name, id, bytes }] });
}

/** The identity of a log with one key, by whose name it goes: what our own logs are. */
export function logOf(key: VerifierKey): LogIdentity {
  return { origin: key.name, keys: [key] };
}

/**
 * Whether `bytes` are a signature by a log's key on the text of a checkpoint. Throws `bad-key`.
 * `checkpoint` is what the text parses to, from whoever has parsed it already.
 */
export function isLogSignature(
  text: string,
  key: VerifierKey,
  bytes: Uint8Array,
  checkpoint = parseCheckpoint(text),
): boolean {
  const statement = { name: key.name, text, checkpoint };
  return verifiesLogLine(key.type, key.publicKey, bytes, statement);
}

/**
 * The log's verified signatures on a checkpoint's note, in the order of its keys: every line with the
 * name and ID of one of them must verify. Throws `untrusted` when there is none, `bad-signature`
 * when one is wrong, and `bad-key` for a key that is not a log's. `verified` is one that the caller
 * has verified on this text already, and costs nothing again.
 */
export function findLogSignatures(
  note: Note,
  { keys, origin }: LogIdentity,
  verified?: LogSignature,
): LogSignature[] {
  const found = keys.flatMap((key) => {
    if (!isLogType(key.type)) throw new ProtocolError('bad-key', 'not a key of a log', 'type');
    return distinctSignaturesBy(note, key).map((signature) => ({ key, signature }));
  });
  for (const { key, signature } of found) {
    if (verified?.key === key && equalBytes(verified.signature.bytes, signature.bytes)) continue;
    if (isLogSignature(note.text, key, signature.bytes)) continue;
    throw new ProtocolError('bad-signature', `signature by ${key.name} does not verify`);
  }
  if (found.length > 0) return found;
  throw new ProtocolError('untrusted', `no signature by a key of the log "${origin}"`);
}

/**
 * Opens a checkpoint note of a log. Throws `bad-note`, `bad-checkpoint`, `too-large`, `untrusted`
 * (another origin, or no signature by a key of the log) or `bad-signature`.
 */
export function openCheckpoint(note: string, log: LogIdentity): OpenedCheckpoint {
  const parsed = parseNote(note);
  const checkpoint = parseCheckpoint(parsed.text);
  if (checkpoint.origin !== log.origin) {
    const message = `expected origin "${log.origin}", got "${checkpoint.origin}"`;
    throw new ProtocolError('untrusted', message, 'origin');
  }
  return { checkpoint, note: parsed, logSignatures: findLogSignatures(parsed, log) };
}
