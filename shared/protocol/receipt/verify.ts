/**
 * The verdict on a receipt (docs/spec/receipt.md section 7).
 *
 * Offline and pure: time, trust policy and trusted keys are arguments. A receipt of bad form gives
 * one error; otherwise every judgement is made and the errors come in a fixed order: signature,
 * log, time, policies. Throws nothing for any bytes; options that nobody can mean throw TypeError or
 * RangeError, as a verdict by them would be worthless.
 */
import { verifyEd25519 } from '#crypto';
import { checkInteger, checkMembers, checkText } from '../arguments.ts';
import { decodeBase64Url } from '../base64.ts';
import { toHex } from '../bytes.ts';
import { isStrictPointEncoding } from '../crypto/ed25519-encoding.ts';
import { ProtocolError } from '../errors.ts';
import { leafHash } from '../merkle/hash.ts';
import { checkPolicy, type Policy, type WitnessedCheckpoint } from '../policy/policy.ts';
import { parseTlogProof, verifyTlogProof } from '../proof/tlog-proof.ts';
import { ReceiptError, type ReceiptErrorCode, type ReceiptWarningCode } from './codes.ts';
import { judgePolicies } from './judge-policies.ts';
import { checkTimestamp, DEFAULT_PROFILE, PROFILES, profileRules } from './profiles.ts';
import { type ParsedReceipt, parseReceipt, receiptFromObject } from './receipt.ts';
import type { Profile } from './types.ts';

export interface Finding<Code extends string> {
  code: Code;
  message: string;
  /** The member concerned, as a path. */
  field?: string;
}

export interface VerifyOptions {
  /** Default `tecp-v0.1`. */
  profile?: Profile;
  /** The verifier's time, Unix milliseconds: an integer from 0. */
  nowMs: number;
  /** Which logs and witnesses are trusted. Without one no proof can be verified. */
  policy?: Policy;
  /** b64u Ed25519 keys of the only issuers accepted; any issuer when absent. */
  trustedKeys?: readonly string[];
}

/** Plain JSON data. */
export interface Verdict {
  valid: boolean;
  errors: Finding<ReceiptErrorCode>[];
  warnings: Finding<ReceiptWarningCode>[];
  profile: Profile;
  /** Unix milliseconds by which a quorum of witnesses had cosigned; only from a verified proof. */
  logged_at?: number;
  /** b64u key of the issuer; with `leaf_hash`, present whenever the form is good. */
  issuer?: string;
  /** Lowercase hex. */
  leaf_hash?: string;
  /** With `index`, `tree_size` and `witnesses`, present when the log signature and inclusion verify. */
  origin?: string;
  index?: number;
  tree_size?: number;
  /** The policy's names of the witnesses whose cosignatures verify, in the policy's order. */
  witnesses?: string[];
}

/** A verdict being made; owned by one call of `verifyReceipt`. */
interface Judgement {
  readonly parsed: ParsedReceipt;
  readonly options: VerifyOptions;
  readonly verdict: Verdict;
}

function reject({ verdict }: Judgement, code: ReceiptErrorCode, message: string, field?: string) {
  verdict.errors.push(field === undefined ? { code, message } : { code, message, field });
}

function warn({ verdict }: Judgement, code: ReceiptWarningCode, message: string, field: string) {
  verdict.warnings.push({ code, message, field });
}

function warnOfUnknownMembers(judgement: Judgement): void {
  for (const name of judgement.parsed.unknownMembers) {
    warn(judgement, 'W-SCHEMA-001', 'member is not defined by this version', name);
  }
}

function judgeSignature(judgement: Judgement): void {
  const { publicKey, signedBytes, signature, receipt } = judgement.parsed;
  if (!verifyEd25519(publicKey, signedBytes, signature)) {
    reject(judgement, 'E-SIG-002', 'signature does not verify', 'sig');
  }
  const { trustedKeys } = judgement.options;
  if (trustedKeys !== undefined && !trustedKeys.includes(receipt.pubkey)) {
    reject(judgement, 'E-SIG-003', 'not a trusted issuer key', 'pubkey');
  }
}

const PROOF_FIELD = 'log_inclusion.proof';

/** The checkpoint that the proof leads to, with its facts noted; undefined after an error. */
function openProof(
  judgement: Judgement,
  proofText: string,
  policy: Policy,
): WitnessedCheckpoint | undefined {
  try {
    const proof = parseTlogProof(proofText);
    const opened = verifyTlogProof(proof, leafHash(judgement.parsed.entryBytes), policy);
    Object.assign(judgement.verdict, {
      origin: opened.checkpoint.origin,
      index: proof.index,
      tree_size: opened.checkpoint.size,
      witnesses: opened.cosignatures.map(({ witness }) => witness),
    });
    return opened;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const code = error.code === 'untrusted' ? 'E-LOG-004' : 'E-LOG-002';
    reject(judgement, code, error.message, PROOF_FIELD);
    return undefined;
  }
}

/** Notes the logged time when the proof, its quorum and the quorum's time all hold. */
function judgeProof(judgement: Judgement, proofText: string, policy: Policy): void {
  const opened = openProof(judgement, proofText, policy);
  if (opened === undefined) return;
  const { quorumMet, quorumTimeSeconds } = opened;
  // A policy of `quorum none` is met without a witness, and so gives no time for strict to rely on.
  const demandsTime = PROFILES[judgement.verdict.profile].requiresProof;
  if (!quorumMet || (demandsTime && quorumTimeSeconds === undefined)) {
    reject(judgement, 'E-LOG-003', 'the quorum of witnesses is not met', PROOF_FIELD);
  } else if (quorumTimeSeconds !== undefined) {
    judgement.verdict.logged_at = quorumTimeSeconds * 1000;
  }
}

function judgeLog(judgement: Judgement): void {
  const { profile } = judgement.verdict;
  const { policy } = judgement.options;
  const proofText = judgement.parsed.receipt.log_inclusion?.proof;
  const required = PROFILES[profile].requiresProof;
  if (proofText === undefined) {
    if (required) reject(judgement, 'E-LOG-001', 'a proof is required', 'log_inclusion');
  } else if (policy !== undefined) {
    judgeProof(judgement, proofText, policy);
  } else if (required) {
    reject(judgement, 'E-LOG-004', 'no trust policy given', PROOF_FIELD);
  } else {
    warn(judgement, 'W-LOG-001', 'not checked: no trust policy given', PROOF_FIELD);
  }
}

function judgeTime(judgement: Judgement): void {
  const { ts } = judgement.parsed.receipt;
  const { logged_at: loggedAt, profile } = judgement.verdict;
  const { nowMs } = judgement.options;
  const code = checkTimestamp(ts, profile, loggedAt ?? nowMs);
  const reference = loggedAt === undefined ? 'the time of verification' : 'the logged time';
  if (code === 'E-TS-002') reject(judgement, code, `too far after ${reference}`, 'ts');
  if (code === 'E-TS-003') reject(judgement, code, `too long before ${reference}`, 'ts');
  if (loggedAt !== undefined && loggedAt > nowMs + PROFILES[profile].futureSkewMs) {
    warn(judgement, 'W-TS-001', 'witnesses cosigned at a time still to come', PROOF_FIELD);
  }
}

function parse(input: unknown): ParsedReceipt | ReceiptError {
  try {
    return input instanceof Uint8Array ? parseReceipt(input) : receiptFromObject(input);
  } catch (error) {
    if (error instanceof ReceiptError) return error;
    throw error;
  }
}

const OPTIONS: readonly (keyof VerifyOptions)[] = ['profile', 'nowMs', 'policy', 'trustedKeys'];

function checkOptions(options: VerifyOptions): void {
  checkMembers(options, 'options', OPTIONS);
  const { profile = DEFAULT_PROFILE } = options;
  profileRules(profile);
  checkInteger(options.nowMs, 'nowMs');
  if (options.policy !== undefined) checkPolicy(options.policy);
  const { trustedKeys } = options;
  if (trustedKeys === undefined) return;
  if (!Array.isArray(trustedKeys)) throw new TypeError('expected an array as trustedKeys');
  for (const key of trustedKeys) checkTrustedKey(key);
}

/** A key in another spelling would be trusted by the caller and matched by nothing. */
function checkTrustedKey(key: string): void {
  checkText(key, 'trusted key');
  if (isIssuerKey(key)) return;
  throw new RangeError('expected unpadded base64url of an Ed25519 public key as trusted key');
}

/** Whether a text could be the `pubkey` of a receipt: b64u that passes the byte checks of a key. */
export function isIssuerKey(text: string): boolean {
  try {
    return isStrictPointEncoding(decodeBase64Url(text));
  } catch (error) {
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/**
 * Judges a receipt. Bytes must be its canonical form exactly; any other value is taken as an object
 * in memory and canonicalised. Throws TypeError or RangeError for bad options only.
 */
export function verifyReceipt(input: unknown, options: VerifyOptions): Verdict {
  checkOptions(options);
  const { profile = DEFAULT_PROFILE } = options;
  const verdict: Verdict = { valid: false, errors: [], warnings: [], profile };
  const parsed = parse(input);
  if (parsed instanceof ReceiptError) {
    const { code, message, field } = parsed;
    verdict.errors.push(field === undefined ? { code, message } : { code, message, field });
    return verdict;
  }
  verdict.issuer = parsed.receipt.pubkey;
  verdict.leaf_hash = toHex(leafHash(parsed.entryBytes));
  const judgement: Judgement = { parsed, options, verdict };
  warnOfUnknownMembers(judgement);
  judgeSignature(judgement);
  judgeLog(judgement);
  judgeTime(judgement);
  judgePolicies(parsed.receipt, profile, {
    reject: (code, message, field) => reject(judgement, code, message, field),
    warn: (code, message, field) => warn(judgement, code, message, field),
  });
  verdict.valid = verdict.errors.length === 0;
  return verdict;
}
