/**
 * The checks of add-checkpoint in the order of docs/spec/log.md section 7; the first that fails
 * answers. What costs little comes first: nobody but the log itself can make the witness decode
 * proof hashes, or signature lines of others.
 *
 * Pure functions of the request and the state: `openRequest` holds what needs no state, `judge`
 * what must run in the transaction that also writes.
 */
import { decodeUtf8, equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { EMPTY_ROOT } from '#protocol/merkle/hash.ts';
import { verifyConsistency } from '#protocol/merkle/proof.ts';
import { type Checkpoint, findLogSignatures, type LogIdentity } from '#protocol/note/checkpoint.ts';
import { formatNote, type NoteSignature, parseNote } from '#protocol/note/note.ts';
import { type AddCheckpointRequest, parseAddCheckpoint } from '#protocol/witness/add-checkpoint.ts';
import type { Owed } from './comparison-table.ts';
import { type KnownLogs, lookAt, type SignedLook } from './first-look.ts';
import type { LogState } from './tree-table.ts';

export type RefusalCode =
  | 'malformed'
  | 'unknown-log'
  | 'log-disabled' // known, and not followed any more
  | 'untrusted' // no signature by the log's key
  | 'bad-signature' // the log's name and key ID with a signature that does not verify
  | 'log-frozen' // the log has contradicted itself; `evidence` names the proof
  | 'old-above-checkpoint'
  | 'bad-empty-root'
  | 'other-size' // `old` is not the size last cosigned; the answer is that size
  | 'bad-proof'
  | 'other-root' // another tree of a size that the log has signed: evidence
  | 'rate-limited' // cosigned as often as was agreed
  | 'comparison-owed' // the log has not shown how another checkpoint of its fits
  | 'looking' // what was cosigned before the start is still being looked for
  | 'rolled-back' // more was cosigned than is remembered
  | 'restored' // the database is a copy, and nobody has told what was cosigned since
  | 'cannot-sign' // whoever keeps a key of the witness is away, or gives what does not verify
  | 'busy'; // too many checkpoints of this log wait already

export interface Refusal {
  readonly status: 400 | 403 | 404 | 409 | 422 | 429 | 503;
  readonly code: RefusalCode;
  readonly detail: string;
  /** Id of the evidence that freezes the log. */
  readonly evidence?: string;
  readonly retryAfterSeconds?: number;
  /** What the log has owed for longest, before it is cosigned again. */
  readonly owed?: Owed;
}

/** The answer for a log that is known and was disabled, by whatever way. */
export const NOT_FOLLOWED = {
  status: 403,
  code: 'log-disabled',
  detail: 'this log is known here and no longer followed',
} as const satisfies Refusal;

/** The answer for a checkpoint that no key of the log has signed, or none any more. */
export const UNTRUSTED = {
  status: 403,
  code: 'untrusted',
  detail: "no signature by the log's key",
} as const satisfies Refusal;

/** Lines by keys of the log, of any kind: with ours, the note that is kept is one by far. */
const MAX_LOG_SIGNATURES = 64;

/** A request whose checkpoint the log has signed. */
export interface OpenedRequest {
  readonly log: LogIdentity;
  readonly oldSize: number;
  readonly proof: AddCheckpointRequest['proof'];
  readonly checkpoint: Checkpoint;
  /** Text of the checkpoint, as signed. */
  readonly text: string;
  /** The lines by keys of the log, verified; all others are dropped. */
  readonly logSignatures: readonly NoteSignature[];
  /** The checkpoint with these lines alone. */
  readonly logNote: string;
}

export type Opened =
  | { readonly ok: true; readonly request: OpenedRequest }
  | { readonly ok: false; readonly refusal: Refusal };

/** Parses a body and verifies the log's signature. */
export function openRequest(body: Uint8Array, logs: KnownLogs): Opened {
  try {
    const text = decodeUtf8(body);
    const look = lookAt(text, logs);
    switch (look.kind) {
      case 'unknown-log':
        return refused(404, 'unknown-log', 'this log is not witnessed here');
      case 'disabled':
        return { ok: false, refusal: NOT_FOLLOWED };
      case 'untrusted':
        return { ok: false, refusal: UNTRUSTED };
      case 'bad-signature':
        return refused(403, 'bad-signature', "the log's signature does not verify");
      case 'signed':
        return readSigned(parseAddCheckpoint(text), look);
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refused(400, 'malformed', error.message);
  }
}

/** The rest has to be a note, and every other line by a key of the log has to verify, too. */
function readSigned(
  { oldSize, proof, checkpoint: note }: AddCheckpointRequest,
  { log, checkpoint, signature, text }: SignedLook,
): Opened {
  try {
    const found = findLogSignatures(parseNote(note), log, signature);
    const logSignatures = found.map(({ signature }) => signature);
    if (oldSize > checkpoint.size) {
      const detail = `old size ${oldSize} is above the checkpoint's ${checkpoint.size}`;
      return refused(400, 'old-above-checkpoint', detail);
    }
    if (logSignatures.length > MAX_LOG_SIGNATURES) {
      const detail = `expected at most ${MAX_LOG_SIGNATURES} signatures by keys of the log`;
      return refused(400, 'malformed', detail);
    }
    const logNote = formatNote({ text, signatures: logSignatures });
    const request = { log, oldSize, proof, checkpoint, text, logSignatures, logNote };
    return { ok: true, request };
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.code !== 'bad-signature') throw error;
    return refused(403, 'bad-signature', "a second signature by the log's key does not verify");
  }
}

function refused(status: Refusal['status'], code: RefusalCode, detail: string): Opened {
  return { ok: false, refusal: { status, code, detail } };
}

/** Why the checkpoint is not cosigned on this state, or undefined: it is. */
export function judge(request: OpenedRequest, current: LogState): Refusal | undefined {
  const { oldSize, proof, checkpoint } = request;
  const { size, root } = checkpoint;
  if (current.frozenBy !== undefined) {
    const detail = 'this log has contradicted itself and is no longer cosigned';
    return { status: 403, code: 'log-frozen', detail, evidence: current.frozenBy };
  }
  if (size === 0 && !equalBytes(root, EMPTY_ROOT)) {
    const detail = 'size 0 with a root that is not the empty tree';
    return { status: 422, code: 'bad-empty-root', detail };
  }
  if (oldSize !== current.size) {
    const detail = `the size last cosigned is ${current.size}, not ${oldSize}`;
    return { status: 409, code: 'other-size', detail };
  }
  if (oldSize === 0 && proof.length > 0) {
    return { status: 422, code: 'bad-proof', detail: 'a proof from size 0 is empty' };
  }
  if (oldSize === size && !equalBytes(root, current.root)) {
    return otherRoot(size);
  }
  if (!verifyConsistency(oldSize, current.root, size, root, proof)) {
    const detail = `the proof does not lead from size ${oldSize} to size ${size}`;
    return { status: 422, code: 'bad-proof', detail };
  }
  return undefined;
}

/** The log has signed another root for this size. */
export function otherRoot(size: number): Refusal {
  const detail = `the log has signed another root of size ${size}`;
  return { status: 422, code: 'other-root', detail };
}
