/**
 * The judgement that people are told of one receipt, or of one entry of any type with its proof: the library's
 * verdict, and what is known beside it. The same for `tecp verify` and for a page; plain JSON (docs/CLI.md), and pure.
 */

import { toHex } from '../bytes.ts';
import { recogniseEntry } from '../entry/check.ts';
import type { EntryType, ParsedEntry } from '../entry/entry-type.ts';
import { ENTRY_TYPES } from '../entry/registry.ts';
import { tecpReceipt } from '../entry/tecp-receipt/tecp-receipt.ts';
import { EntryError, ProtocolError } from '../errors.ts';
import { fileContent } from '../file.ts';
import { leafHash } from '../merkle/hash.ts';
import { cosignerNames } from '../policy/cosigner-names.ts';
import type { Policy } from '../policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '../proof/tlog-proof.ts';
import { withProof } from '../receipt/create.ts';
import { parseReceipt } from '../receipt/receipt.ts';
import type { Profile, Receipt } from '../receipt/types.ts';
import { type Verdict, verifyReceipt } from '../receipt/verify.ts';

export interface Finding {
  readonly code: string;
  readonly message: string;
  /** The member concerned, as a path. */
  readonly field?: string;
}

export type Word = 'VALID' | 'SIGNED' | 'INVALID';

/** Facts are there when they are known, whatever the verdict. */
export interface Judged {
  readonly verdict: Word;
  readonly valid: boolean;
  /** Whether a proof verifies by the policy file. */
  readonly logged: boolean;
  /** The entry type. */
  readonly type: string;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** Of receipts only, as are the next five. */
  readonly profile?: Profile;
  /** Whether its key was given as that of an issuer who is accepted. */
  readonly issuer_pinned?: boolean;
  readonly issuer?: string;
  readonly code_ref?: string;
  /** Unix milliseconds, by the issuer's clock. */
  readonly ts?: number;
  readonly policy_ids?: readonly string[];
  readonly leaf_hash?: string;
  readonly origin?: string;
  readonly index?: number;
  readonly tree_size?: number;
  /** Unix milliseconds of the whole second in which the quorum was complete. */
  readonly logged_at?: number;
  /** Who cosigned, as people are told: an operator once for all of its keys. */
  readonly witnesses?: readonly string[];
}

export interface JudgeOptions {
  readonly profile: Profile;
  readonly nowMs: number;
  readonly policy?: Policy;
  /** The only issuers accepted. */
  readonly trustedKeys?: readonly string[];
}

export interface JudgeEntryOptions extends JudgeOptions {
  readonly policy: Policy;
  /** Something is asked of it that only a receipt can answer. */
  readonly mustBeReceipt: boolean;
}

export interface JudgedReceipt {
  readonly judged: Judged;
  /** Absent when its form is bad. */
  readonly receipt?: Receipt;
}

/** Judges the bytes of a receipt, which must be exact. */
export function judgeReceipt(bytes: Uint8Array, options: JudgeOptions): JudgedReceipt {
  return judgeReceiptValue(bytes, options);
}

function judgeReceiptValue(value: Uint8Array | Receipt, options: JudgeOptions): JudgedReceipt {
  const verdict = verifyReceipt(value, options);
  // An issuer is known exactly when the receipt could be read at all.
  if (verdict.issuer === undefined) return { judged: asJudged(verdict, {}, options) };
  const receipt = value instanceof Uint8Array ? parseReceipt(value).receipt : value;
  const { code_ref, ts, policy_ids } = receipt;
  return { judged: asJudged(verdict, { code_ref, ts, policy_ids }, options), receipt };
}

function asJudged(verdict: Verdict, facts: Partial<Judged>, options: JudgeOptions): Judged {
  const { valid, errors, warnings, witnesses, origin, ...rest } = verdict;
  const logged = origin !== undefined && !errors.some(({ code }) => code.startsWith('E-LOG'));
  return {
    verdict: wordFor(valid, logged),
    valid,
    logged,
    type: 'tecp-receipt',
    errors,
    warnings,
    issuer_pinned: options.trustedKeys?.some((key) => key === verdict.issuer) ?? false,
    ...rest,
    ...facts,
    ...(origin === undefined ? {} : { origin }),
    ...(witnesses && options.policy && { witnesses: cosignerNames(options.policy, witnesses) }),
  };
}

function wordFor(valid: boolean, logged: boolean): Word {
  if (!valid) return 'INVALID';
  return logged ? 'VALID' : 'SIGNED';
}

/** The judgement with findings added that make it INVALID. */
export function withErrors(judged: Judged, errors: readonly Finding[]): Judged {
  if (errors.length === 0) return judged;
  return { ...judged, verdict: 'INVALID', valid: false, errors: [...judged.errors, ...errors] };
}

/**
 * Judges an entry in a file by a proof that is apart from it. What looks like an entry of a type with a
 * form of its own is judged as one, with a newline at the end of the file or without; if the proof is
 * not of that, the bytes of the file are, as they stand.
 */
export function judgeEntry(
  file: Uint8Array,
  proof: string,
  { mustBeReceipt, ...options }: JudgeEntryOptions,
): JudgedReceipt {
  const content = fileContent(file);
  if (mustBeReceipt) return judgeAs(tecpReceipt, content, proof, options);
  const type = recogniseEntry(content, ENTRY_TYPES)!;
  const bytesType = ENTRY_TYPES.at(-1)!;
  const typed = type === bytesType ? undefined : judgeAs(type, content, proof, options);
  if (typed?.judged.origin !== undefined) return typed;
  const asBytes = judgeAs(bytesType, file, proof, options);
  return typed === undefined || asBytes.judged.logged ? asBytes : typed;
}

function judgeAs(
  type: EntryType,
  bytes: Uint8Array,
  proof: string,
  options: Omit<JudgeEntryOptions, 'mustBeReceipt'>,
): JudgedReceipt {
  try {
    if (type === tecpReceipt) {
      return judgeReceiptValue(withProof(parseReceipt(bytes).receipt, proof), options);
    }
    return { judged: judgeParsed(type, type.parseEntry(bytes), proof, options.policy) };
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    return { judged: { ...nothingKnown(type), errors: [findingOf(error, error.code)] } };
  }
}

function judgeParsed(
  type: EntryType,
  { bytes, verify }: ParsedEntry,
  proofText: string,
  policy: Policy,
): Judged {
  const leaf = leafHash(bytes);
  const known = { ...nothingKnown(type), leaf_hash: toHex(leaf) };
  const errors = errorsOf(verify);
  try {
    const proof = parseTlogProof(proofText);
    const opened = verifyTlogProof(proof, leaf, policy);
    const { checkpoint, cosignatures, quorumMet, quorumTimeSeconds } = opened;
    if (!quorumMet)
      errors.push({ code: 'E-LOG-003', message: 'the quorum of witnesses is not met' });
    const valid = errors.length === 0;
    const names = cosignatures.map(({ witness }) => witness);
    return {
      ...known,
      ...{ verdict: wordFor(valid, true), valid, logged: quorumMet, errors },
      ...{ origin: checkpoint.origin, index: proof.index, tree_size: checkpoint.size },
      ...(quorumMet && quorumTimeSeconds !== undefined && { logged_at: quorumTimeSeconds * 1000 }),
      witnesses: cosignerNames(policy, names),
    };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'untrusted' ? 'E-LOG-004' : 'E-LOG-002';
    return { ...known, errors: [...errors, findingOf(error, code)] };
  }
}

function nothingKnown({ name }: EntryType): Judged {
  return { verdict: 'INVALID', valid: false, logged: false, type: name, errors: [], warnings: [] };
}

function errorsOf(verify: () => void): Finding[] {
  try {
    verify();
    return [];
  } catch (error) {
    if (error instanceof EntryError) return [findingOf(error, error.code)];
    throw error;
  }
}

function findingOf({ message, field }: EntryError | ProtocolError, code: string): Finding {
  return field === undefined ? { code, message } : { code, message, field };
}
