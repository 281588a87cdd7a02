/** The verdict on one receipt in a file (docs/spec/verifier.md, section 1). */
import { closeSync, openSync, readSync } from 'node:fs';
import { decodeUtf8, parseDecimal } from '#protocol/bytes.ts';
import { fileContent } from '#protocol/file.ts';
import { canonicalize } from '#protocol/json/canonical.ts';
import { MAX_POLICY_BYTES, type Policy } from '#protocol/policy/policy.ts';
import { PROFILES } from '#protocol/receipt/profiles.ts';
import { MAX_RECEIPT_BYTES, type Profile } from '#protocol/receipt/types.ts';
import { isIssuerKey, type VerifyOptions, verifyReceipt } from '#protocol/receipt/verify.ts';
import { FormatError } from '../format-error.ts';
import { verdictAnswer } from '../lines/verdict.ts';
import { parsePolicy } from '../proofs.ts';
import { Unusable } from './unusable.ts';

/** The command line's options, as they were written. */
export interface FileOptions {
  readonly file: string;
  readonly policy?: string;
  readonly profile?: string;
  readonly now?: string;
  readonly issuer?: readonly string[];
}

/** Longer than a verdict on the longest receipt. */
const MAX_VERDICT_BYTES = 4 * MAX_RECEIPT_BYTES;

/** The verdict as a line without newline. Throws `Unusable`. */
export function judgeFile(given: FileOptions, clockMs: number): { line: string; valid: boolean } {
  const options = readOptions(given, clockMs);
  // A newline at its end is no part of the receipt; of what is longer, the beginning is too long as well.
  const content = fileContent(readStart(given.file, MAX_RECEIPT_BYTES + 2));
  const verdict = verifyReceipt(content, options);
  const line = decodeUtf8(canonicalize(verdictAnswer(verdict), MAX_VERDICT_BYTES));
  return { line, valid: verdict.valid };
}

function readOptions(
  { profile, now, policy, issuer }: FileOptions,
  clockMs: number,
): VerifyOptions {
  return {
    ...(profile === undefined ? {} : { profile: asProfile(profile) }),
    nowMs: now === undefined ? clockMs : parseNow(now),
    ...(policy === undefined ? {} : { policy: readPolicy(policy) }),
    ...(issuer === undefined ? {} : { trustedKeys: issuer.map(asIssuerKey) }),
  };
}

function asProfile(name: string): Profile {
  if (Object.hasOwn(PROFILES, name)) return name as Profile;
  throw new Unusable(`--profile: expected one of ${Object.keys(PROFILES).join(', ')}`);
}

function parseNow(text: string): number {
  try {
    return parseDecimal(text);
  } catch {
    throw new Unusable('--now: expected Unix milliseconds');
  }
}

function readPolicy(path: string): Policy {
  const bytes = readStart(path, MAX_POLICY_BYTES + 1);
  try {
    return parsePolicy(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new Unusable(`${path}: not a trust policy (${error.message})`);
  }
}

function asIssuerKey(text: string): string {
  if (isIssuerKey(text)) return text;
  throw new Unusable('--issuer: expected unpadded base64url of an Ed25519 public key');
}

/** At most this many bytes of a file, from its beginning. */
function readStart(path: string, maxBytes: number): Uint8Array {
  const buffer = new Uint8Array(maxBytes);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      for (;;) {
        const count = readSync(file, buffer, length, maxBytes - length, null);
        length += count;
        if (count === 0 || length === maxBytes) break;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Unusable(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
  return buffer.subarray(0, length);
}
