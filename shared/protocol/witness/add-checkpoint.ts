/**
 * The request and the answers of a witness's add-checkpoint call (C2SP tlog-witness).
 *
 * `old <size>`, up to 63 base64 consistency proof hashes, an empty line, the checkpoint. Parsing is
 * strict; whether the checkpoint is signed or the proof holds is for the witness to judge.
 */
import { sha256 } from '#crypto';
import { checkInteger, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { encodeUtf8, parseDecimal, toHex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, checkHash, type Hash } from '../merkle/hash.ts';

export interface AddCheckpointRequest {
  /** Size of the last tree that the witness cosigned; 0 if none. */
  readonly oldSize: number;
  readonly proof: readonly Hash[];
  /** A signed note, verbatim. */
  readonly checkpoint: string;
}

export const MAX_CONSISTENCY_HASHES = 63;
/** Content type of the body `<size>\n` that goes with a 409. */
export const SIZE_CONTENT_TYPE = 'text/x.tlog.size';

export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpointRequest): string {
  checkInteger(oldSize, 'old size');
  checkText(checkpoint, 'checkpoint');
  for (const hash of proof) checkHash(hash, 'hash');
  const hashes = proof.map((hash) => `${encodeBase64(hash)}\n`).join('');
  return `old ${oldSize}\n${hashes}\n${checkpoint}`;
}

/** Throws `ProtocolError` 'bad-proof' or 'bad-encoding'. The checkpoint is not looked into. */
export function parseAddCheckpoint(body: string): AddCheckpointRequest {
  checkText(body, 'body');
  const end = body.indexOf('\n\n');
  if (end < 0) throw new ProtocolError('bad-proof', 'expected an empty line before the checkpoint');
  const [first, ...hashes] = body.slice(0, end).split('\n');
  if (!first!.startsWith('old '))
    throw new ProtocolError('bad-proof', 'expected "old <size>"', 'old');
  if (hashes.length > MAX_CONSISTENCY_HASHES) {
    const detail = `expected at most ${MAX_CONSISTENCY_HASHES} hashes, got ${hashes.length}`;
    throw new ProtocolError('bad-proof', detail, 'proof');
  }
  return {
    oldSize: parseDecimal(first!.slice('old '.length), 'old'),
    proof: hashes.map((line) => asHash(decodeBase64(line, 32, 'proof'))),
    checkpoint: body.slice(end + 2),
  };
}

/** Body of a 409: the size that the witness last cosigned. */
export function formatSizeAnswer(size: number): string {
  checkInteger(size, 'size');
  return `${size}\n`;
}

export function parseSizeAnswer(body: string): number {
  checkText(body, 'body');
  if (!body.endsWith('\n')) throw new ProtocolError('bad-encoding', 'expected a line', 'size');
  return parseDecimal(body.slice(0, -1), 'size');
}

/** Path of the last cosigned checkpoint of a log, under the witness's prefix, no leading slash. */
export function witnessCheckpointPath(origin: string): string {
  return `${toHex(sha256(encodeUtf8(origin)))}/checkpoint`;
}
