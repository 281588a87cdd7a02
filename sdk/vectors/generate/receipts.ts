/**
 * Receipts of the vectors, and their verdicts as the specification has them (docs/spec/receipt.md).
 */
import { b64u, fill, hex, leafHash, sha256, utf8 } from './bytes.ts';
import { type Case, type Json, type JsonMembers, request } from './case.ts';
import { canonicalBytes, type Loose, type LooseMembers } from './json.ts';
import { ISSUER, type IssuerKey, signEd25519 } from './keys.ts';

/** 2025-07-20T08:26:40Z. */
export const TS = 1_753_000_000_000;
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** The time of the receipts in POSIX seconds, as cosignatures have it. */
export const T = TS / SECOND;

/** Future skew and maximum age by profile: section 7.1. */
export const LIMITS = [
  { profile: 'tecp-lite', skew: 15 * MINUTE, age: 7 * DAY },
  { profile: 'tecp-v0.1', skew: 5 * MINUTE, age: DAY },
  { profile: 'tecp-strict', skew: 60 * SECOND, age: HOUR },
] as const;

/** What is signed of the receipt that most cases are made from. */
export const FIELDS: LooseMembers = {
  version: 'TECP-0.1',
  code_ref: 'git:0123456789abcdef0123456789abcdef01234567',
  ts: TS,
  nonce: b64u(fill(16, 9)),
  input_hash: b64u(sha256(utf8('abc'))),
  output_hash: b64u(sha256(utf8(''))),
  policy_ids: ['no_retention'],
  pubkey: ISSUER.text,
};

/** What tecp-strict asks for but the proof. */
export const STRICT: LooseMembers = {
  key_erasure: { scheme: 'hw-hsm', evidence: 'slot 7' },
  ext: { policy_enforced: { no_retention: 'tmpfs' } },
};

/** `FIELDS` with other members (undefined takes one away), signed by the issuer. */
export function receipt(changes: LooseMembers = {}, key: IssuerKey = ISSUER): LooseMembers {
  const all: LooseMembers = { ...FIELDS, pubkey: key.text, ...changes };
  const { sig, log_inclusion, ...unsigned } = all;
  const signature = b64u(signEd25519(key.seed, canonicalBytes(unsigned)));
  return { ...unsigned, sig: 'sig' in changes ? sig : signature, log_inclusion };
}

export function entryBytes({ log_inclusion: _proof, ...entry }: LooseMembers): Uint8Array {
  return canonicalBytes(entry);
}

export function receiptLeaf(members: LooseMembers): Uint8Array {
  return leafHash(entryBytes(members));
}

export interface Asked {
  readonly profile?: string | undefined;
  /** Unix milliseconds; the time of the receipt when it is not given. */
  readonly now?: Json | undefined;
  /** Text of the trust policy. */
  readonly policy?: string | undefined;
  readonly trusted_keys?: Json | undefined;
}

export function verifyBytes(receiptBytes: Uint8Array, asked: Asked = {}): JsonMembers {
  const { now = TS, policy, ...rest } = asked;
  const members = { receipt: receiptBytes, now, policy: policy && utf8(policy), ...rest };
  return request('verify', members);
}

export function verify(members: Loose, asked: Asked = {}): JsonMembers {
  return verifyBytes(canonicalBytes(members), asked);
}

/** `E-TS-002 ts`, or a code alone. */
export type FindingText = string;

function finding(text: FindingText): JsonMembers {
  const space = text.indexOf(' ');
  return space < 0 ? { code: text } : { code: text.slice(0, space), field: text.slice(space + 1) };
}

/** The verdict on bytes whose form is bad: one error and nothing else. */
export function badForm(error: FindingText, profile = 'tecp-v0.1'): JsonMembers {
  return { valid: false, errors: [finding(error)], warnings: [], profile };
}

export interface Expected {
  readonly errors?: readonly FindingText[] | undefined;
  readonly warnings?: readonly FindingText[] | undefined;
  readonly profile?: string | undefined;
  /** Of the proof: origin, index, tree_size, witnesses, logged_at. */
  readonly facts?: JsonMembers | undefined;
}

/** The verdict on a receipt of good form. */
export function verdict(members: LooseMembers, expected: Expected = {}): JsonMembers {
  const { errors = [], warnings = [], profile = 'tecp-v0.1', facts = {} } = expected;
  return {
    valid: errors.length === 0,
    errors: errors.map(finding),
    warnings: warnings.map(finding),
    profile,
    issuer: members.pubkey as string,
    leaf_hash: hex(receiptLeaf(members)),
    ...facts,
  };
}

export interface Judged extends Asked, Omit<Expected, 'profile'> {}

/** A receipt of good form, and what comes of it when it is asked about in this way. */
export function judged(
  name: string,
  why: string,
  members: LooseMembers,
  { errors, warnings, facts, ...asked }: Judged = {},
): Case {
  const answer = verdict(members, { errors, warnings, facts, profile: asked.profile });
  return { name, why, request: verify(members, asked), answer };
}

/** A receipt of bad form by all but its bytes: this is the one error. */
export function refused(name: string, why: string, members: Loose, error: FindingText): Case {
  return { name, why, request: verify(members), answer: badForm(error) };
}

/** The form of the changed receipt is good, and so is the receipt. */
export function good(
  name: string,
  why: string,
  changes: LooseMembers,
  warnings: readonly FindingText[] = [],
): Case {
  return judged(name, why, receipt(changes), { warnings });
}
