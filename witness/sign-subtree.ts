/**
 * Cosigns a subtree of a tree that this witness has cosigned (C2SP tlog-witness, sign-subtree).
 *
 * Nothing is stored and no clock is read: the answer says that the subtree is of a tree which is
 * cosigned already, and says so without a time. That it is cosigned is shown by one of our own lines on
 * the checkpoint, or known. A tree above the one that we remember is none, whoever signed it: our
 * memory may be older than the line.
 */
import { decodeUtf8, equalBytes } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { isSubtree, verifySubtreeConsistency } from '#protocol/merkle/subtree.ts';
import { type Checkpoint, parseCheckpoint } from '#protocol/note/checkpoint.ts';
import { findCosignatures } from '#protocol/note/cosignature.ts';
import { formatSignatureLine, type Note, parseNote } from '#protocol/note/note.ts';
import {
  signsSubtrees,
  subtreeCosignatureLine,
  subtreeMessage,
} from '#protocol/note/subtree-cosignature.ts';
import {
  MAX_SUBTREE_CHECKPOINT_SIGNATURES,
  parseSignSubtree,
  type SignSubtreeRequest,
} from '#protocol/witness/sign-subtree.ts';
import { NOT_FOLLOWED } from './checks.ts';
import type { Cosigner } from './cosigner.ts';
import type { WitnessMetrics } from './metrics.ts';
import { SigningError } from './signer.ts';
import type { WitnessState } from './state.ts';

export interface SubtreeRefusal {
  readonly status: 400 | 403 | 404 | 422 | 503;
  readonly code: string;
  readonly detail: string;
  /** Id of the evidence that freezes the log. */
  readonly evidence?: string;
}

/** `lines`: the signature lines of this witness, one for each key that signs subtrees. */
export type SubtreeAnswer =
  | { readonly kind: 'signed'; readonly lines: string }
  | { readonly kind: 'refused'; readonly refusal: SubtreeRefusal };

export interface SignSubtreeOptions {
  readonly state: WitnessState;
  readonly cosigner: Cosigner;
  readonly metrics: WitnessMetrics;
}

const CANNOT_SIGN: SubtreeRefusal = {
  status: 503,
  code: 'cannot-sign',
  detail: 'a key cannot sign now',
};

/** A request whose checkpoint has been read; nothing of it has been verified. */
interface Opened {
  readonly request: SignSubtreeRequest;
  readonly checkpoint: Checkpoint;
  /** Absent if the checkpoint came without signatures. */
  readonly note?: Note;
}

export function createSignSubtree(
  options: SignSubtreeOptions,
): (body: Uint8Array) => Promise<SubtreeAnswer> {
  const { cosigner, metrics } = options;
  return async (body) => {
    const checked = checkRequest(body, options);
    const answer = 'request' in checked ? await sign(checked) : refused(checked);
    const result = answer.kind === 'signed' ? 'signed' : answer.refusal.code;
    metrics.signSubtree.inc({ result });
    return answer;
  };

  async function sign({ request, checkpoint }: Opened): Promise<SubtreeAnswer> {
    const { start, end, hash } = request;
    const subtree = { origin: checkpoint.origin, start, end, hash };
    const signers = cosigner.signers.filter(({ verifier }) => signsSubtrees(verifier.type));
    try {
      const lines = await Promise.all(
        signers.map(async (signer) => {
          const signature = await signer.sign(subtreeMessage(subtree, signer.verifier));
          return subtreeCosignatureLine(signer.verifier, signature);
        }),
      );
      // What a key has signed that was retired since does not leave.
      if (!cosigner.isActive(lines)) return refused(CANNOT_SIGN);
      return { kind: 'signed', lines: lines.map(formatSignatureLine).join('') };
    } catch (error) {
      if (!(error instanceof SigningError)) throw error;
      return refused(CANNOT_SIGN);
    }
  }
}

function refused(refusal: SubtreeRefusal): SubtreeAnswer {
  return { kind: 'refused', refusal };
}

/** The checks in the order of docs/spec/log.md section 7: the first that fails answers. */
function checkRequest(
  body: Uint8Array,
  { state, cosigner }: SignSubtreeOptions,
): Opened | SubtreeRefusal {
  if (!cosigner.active.some(({ type }) => signsSubtrees(type))) {
    return { status: 404, code: 'no-subtrees', detail: 'this witness has no key for subtrees' };
  }
  const opened = open(body);
  if (!('request' in opened)) return opened;
  const { request, checkpoint } = opened;
  const { origin, size, root } = checkpoint;
  const log = state.logs.known(origin);
  if (log === undefined) {
    return { status: 404, code: 'unknown-log', detail: 'this log is not witnessed here' };
  }
  if (log.isDisabled) return NOT_FOLLOWED;
  const { frozenBy } = state.log(origin);
  if (frozenBy !== undefined) {
    const detail = 'this log has contradicted itself and is no longer cosigned';
    return { status: 403, code: 'log-frozen', detail, evidence: frozenBy };
  }
  if (!isCosigned(opened, state, cosigner)) {
    return { status: 403, code: 'not-cosigned', detail: 'this tree was not cosigned here' };
  }
  const { hash, proof } = request;
  if (verifySubtreeConsistency(request, hash, size, root, proof)) return opened;
  return { status: 422, code: 'bad-proof', detail: 'the proof does not lead to the checkpoint' };
}

function open(body: Uint8Array): Opened | SubtreeRefusal {
  try {
    const request = parseSignSubtree(decodeUtf8(body));
    const note = request.checkpoint.includes('\n\n') ? parseNote(request.checkpoint) : undefined;
    if ((note?.signatures.length ?? 0) > MAX_SUBTREE_CHECKPOINT_SIGNATURES) {
      const detail = `expected at most ${MAX_SUBTREE_CHECKPOINT_SIGNATURES} signatures`;
      return { status: 400, code: 'malformed', detail };
    }
    const checkpoint = parseCheckpoint(note?.text ?? request.checkpoint);
    if (isSubtree(request) && request.end <= checkpoint.size) {
      return note === undefined ? { request, checkpoint } : { request, checkpoint, note };
    }
    const range = `${request.start} to ${request.end}`;
    const detail = `${range} is no subtree of a tree of ${checkpoint.size}`;
    return { status: 400, code: 'bad-range', detail };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { status: 400, code: 'malformed', detail: error.message };
  }
}

/** Whether we know the tree as one that we cosigned, or said so on the note and still remember as much. */
function isCosigned(
  { checkpoint, note }: Opened,
  state: WitnessState,
  cosigner: Cosigner,
): boolean {
  const { origin, size, root } = checkpoint;
  const known = state.rootAt(origin, size);
  if (known !== undefined) return equalBytes(known, root);
  if (note === undefined || size > state.log(origin).size) return false;
  try {
    return findCosignatures(note, cosigner.active).length > 0;
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}
