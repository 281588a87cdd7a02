/**
 * The request of a witness's sign-subtree call (C2SP tlog-witness); the answer is signature lines.
 *
 * `subtree <start> <end>`, the base64 hash of the subtree, up to 8 cosignature lines of it by others, up
 * to 63 base64 hashes of a subtree consistency proof, an empty line, and the checkpoint: a signed note
 * with at most 8 lines, or its bare text where the witness knows it. Parsing is strict; whether the
 * range is a subtree and the proof holds is for the witness to judge.
 */
import { checkInteger, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { parseDecimal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, checkHash, type Hash } from '../merkle/hash.ts';
import { formatSignatureLine, type NoteSignature, parseSignatureLine } from '../note/note.ts';

/** Most cosignature lines of the subtree, and most signature lines of the checkpoint. */
export const MAX_SUBTREE_COSIGNATURES = 8;
export const MAX_SUBTREE_CHECKPOINT_SIGNATURES = 8;
/** Most hashes of a subtree consistency proof. */
export const MAX_SUBTREE_HASHES = 63;

export interface SignSubtreeRequest {
  readonly start: number;
  readonly end: number;
  /** Of the subtree. */
  readonly hash: Hash;
  /** By others, who may have signed it already. */
  readonly cosignatures: readonly NoteSignature[];
  readonly proof: readonly Hash[];
  /** A signed note, or the text of a checkpoint alone; verbatim. */
  readonly checkpoint: string;
}

export function formatSignSubtree(request: SignSubtreeRequest): string {
  const { start, end, hash, cosignatures, proof, checkpoint } = request;
  checkInteger(start, 'start');
  checkInteger(end, 'end');
  checkText(checkpoint, 'checkpoint');
  for (const each of [hash, ...proof]) checkHash(each, 'hash');
  const hashes = proof.map((each) => `${encodeBase64(each)}\n`).join('');
  const lines = cosignatures.map(formatSignatureLine).join('');
  return `subtree ${start} ${end}\n${encodeBase64(hash)}\n${lines}${hashes}\n${checkpoint}`;
}

function badRequest(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-proof', message, field);
}

/** Throws `ProtocolError`. The checkpoint is not looked into. */
export function parseSignSubtree(body: string): SignSubtreeRequest {
  checkText(body, 'body');
  const head = body.indexOf('\n\n');
  if (head < 0) throw badRequest('expected an empty line before the checkpoint');
  const [range, hash, ...rest] = body.slice(0, head).split('\n');
  if (hash === undefined) throw badRequest('expected the hash of the subtree', 'hash');
  const firstHash = rest.findIndex((line) => !line.startsWith('\u2014'));
  const lines = firstHash < 0 ? rest : rest.slice(0, firstHash);
  const hashes = rest.slice(lines.length);
  if (lines.length > MAX_SUBTREE_COSIGNATURES || hashes.length > MAX_SUBTREE_HASHES) {
    const most = `${MAX_SUBTREE_COSIGNATURES} cosignatures and ${MAX_SUBTREE_HASHES} hashes`;
    throw badRequest(`expected at most ${most}`, 'proof');
  }
  return {
    ...parseRange(range!),
    hash: asHash(decodeBase64(hash, 32, 'hash')),
    cosignatures: lines.map(parseSignatureLine),
    proof: hashes.map((line) => asHash(decodeBase64(line, 32, 'proof'))),
    checkpoint: body.slice(head + 2),
  };
}

function parseRange(line: string) {
  const [word, start, end, ...more] = line.split(' ');
  if (word !== 'subtree' || start === undefined || end === undefined || more.length > 0) {
    throw badRequest('expected "subtree <start> <end>"', 'range');
  }
  return { start: parseDecimal(start, 'start'), end: parseDecimal(end, 'end') };
}
