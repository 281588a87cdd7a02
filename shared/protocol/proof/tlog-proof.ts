/**
 * Offline proofs (C2SP tlog-proof, file extension .tlog-proof): an index, an inclusion proof and a
 * cosigned checkpoint in one short text.
 *
 * Parsing checks the form; `verifyTlogProof` checks everything: log signature, cosignatures and
 * inclusion of one leaf hash. `extra` is opaque and authenticated by nothing.
 */
import { checkInteger, checkText } from '../arguments.ts';
import { decodeBase64, encodeBase64 } from '../base64.ts';
import { isLongerThan, parseDecimal } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { asHash, checkHash, HASH_BYTES, type Hash, type LeafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/proof.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import { MAX_NOTE_BYTES, parseNote } from '../note/note.ts';
import { recode } from '../note/recode.ts';
import { openWithPolicy, type Policy, type WitnessedCheckpoint } from '../policy/policy.ts';

/** Most sibling hashes: no tree of fewer than 2^63 leaves needs more. */
export const MAX_PROOF_HASHES = 63;
/** Most bytes of `extra`. */
export const MAX_PROOF_EXTRA_BYTES = 64 * 1024;
/** Largest proof, in bytes of UTF-8: the three parts at their caps. */
export const MAX_PROOF_BYTES = MAX_NOTE_BYTES + 96 * 1024;

const HEADER = 'c2sp.org/tlog-proof@v1';
const EXTRA = 'extra ';
const INDEX = 'index ';

export interface TlogProof {
  /** Zero-based index of the entry. */
  readonly index: number;
  /** From the leaf's sibling up to the root's child. */
  readonly hashes: readonly Hash[];
  /** The checkpoint's note, verbatim. */
  readonly checkpoint: string;
  /** Opaque bytes, at least one; not authenticated. */
  readonly extra?: Uint8Array;
}

/** A proof without its checkpoint. */
export type TlogProofParts = Omit<TlogProof, 'checkpoint'>;

function badProof(message: string, field?: string): ProtocolError {
  return new ProtocolError('bad-proof', message, field);
}

function checkCaps(hashes: number, extra: Uint8Array | undefined): void {
  if (hashes > MAX_PROOF_HASHES) throw badProof(`more than ${MAX_PROOF_HASHES} hashes`, 'hashes');
  if (extra === undefined) return;
  if (extra.length === 0) throw badProof('extra without bytes', 'extra');
  if (extra.length > MAX_PROOF_EXTRA_BYTES) {
    throw new ProtocolError('too-large', `extra above ${MAX_PROOF_EXTRA_BYTES} bytes`, 'extra');
  }
}

/**
 * The text of a proof up to its checkpoint, in ASCII: for a log, which writes many under one. Throws `bad-proof` or
 * `too-large` for parts that would not parse back.
 */
export function tlogProofHead({ index, hashes, extra }: TlogProofParts): string {
  checkCaps(hashes.length, extra);
  checkInteger(index, 'index');
  for (const hash of hashes) checkHash(hash, 'hash');
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [EXTRA + encodeBase64(extra)]),
    INDEX + index,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n`;
}

/**
 * Writes proofs under one checkpoint, which is checked once. Throws `bad-note`, `bad-checkpoint` or
 * `too-large` for a checkpoint that would not parse back.
 */
export function tlogProofWriter(checkpoint: string): (proof: TlogProofParts) => string {
  parseCheckpoint(parseNote(checkpoint).text);
  return (proof) => tlogProofHead(proof) + checkpoint;
}

/**
 * The text of a proof, for whoever makes proofs with this library. Throws `bad-note`, `bad-checkpoint`,
 * `bad-proof` or `too-large` for parts that would not parse back.
 */
export function formatTlogProof(proof: TlogProof): string {
  return tlogProofWriter(proof.checkpoint)(proof);
}

/**
 * Parses a proof, its checkpoint included, and verifies nothing. Throws `bad-proof`, `bad-note`,
 * `bad-checkpoint`, or `too-large` beyond the caps.
 */
export function parseTlogProof(text: string): TlogProof {
  checkText(text, 'proof');
  if (isLongerThan(text, MAX_PROOF_BYTES)) {
    throw new ProtocolError('too-large', `proof above ${MAX_PROOF_BYTES} bytes`);
  }
  const separator = text.indexOf('\n\n');
  if (separator < 0) throw badProof('no empty line between the proof and its checkpoint');
  const checkpoint = text.slice(separator + 2);
  const [header, ...lines] = text.slice(0, separator).split('\n', MAX_PROOF_HASHES + 4);
  if (header !== HEADER) throw badProof(`expected ${HEADER}`, 'header');
  const extraLine = lines[0]?.startsWith(EXTRA) ? lines.shift() : undefined;
  const indexLine = lines.shift();
  if (!indexLine?.startsWith(INDEX)) throw badProof('expected an index line', 'index');
  return recode('bad-proof', undefined, () => {
    const extra =
      extraLine === undefined
        ? {}
        : { extra: decodeBase64(extraLine.slice(EXTRA.length), undefined, 'extra') };
    checkCaps(lines.length, extra.extra);
    const index = parseDecimal(indexLine.slice(INDEX.length), 'index');
    const hashes = lines.map((line) => asHash(decodeBase64(line, HASH_BYTES, 'hashes')));
    parseCheckpoint(parseNote(checkpoint).text);
    return { index, hashes, checkpoint, ...extra };
  });
}

/**
 * Verifies that a leaf is in a tree that the policy trusts: origin and log signature, every known
 * cosignature, inclusion. Throws `untrusted`, `bad-signature`, `bad-proof`, `bad-note`,
 * `bad-checkpoint` or `too-large`. An unmet quorum is not thrown: see `quorumMet` of the answer.
 */
export function verifyTlogProof(
  proof: TlogProof,
  leaf: LeafHash,
  policy: Policy,
): WitnessedCheckpoint {
  checkInteger(proof.index, 'index');
  checkHash(leaf, 'leaf hash');
  const opened = openWithPolicy(proof.checkpoint, policy);
  const { size, root } = opened.checkpoint;
  if (proof.index >= size) {
    throw badProof(`index ${proof.index} is outside a tree of size ${size}`, 'index');
  }
  if (!verifyInclusion(leaf, proof.index, size, proof.hashes, root)) {
    throw badProof('the inclusion proof does not lead to the root', 'hashes');
  }
  return opened;
}
