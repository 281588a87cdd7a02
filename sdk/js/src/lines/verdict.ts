/** `verify` (docs/spec/verifier.md, sections 2 and 3), and the verdict as the command writes it. */
import type { JsonObject, JsonValue } from '#protocol/json/canonical.ts';
import type { Policy } from '#protocol/policy/policy.ts';
import { PROFILES } from '#protocol/receipt/profiles.ts';
import type { Profile } from '#protocol/receipt/types.ts';
import {
  type Finding,
  isIssuerKey,
  type Verdict,
  type VerifyOptions,
  verifyReceipt,
} from '#protocol/receipt/verify.ts';
import { FormatError } from '../format-error.ts';
import { parsePolicy } from '../proofs.ts';
import { asBytes, asCount, asText, asTexts, badRequest, Refusal, type Request } from './request.ts';

export function answerVerify(request: Request): JsonObject {
  const receipt = asBytes(request.receipt);
  if (request.now === undefined) throw badRequest();
  return verdictAnswer(verifyReceipt(receipt, readOptions(request)));
}

/** In the order in which a bad one is reported. */
function readOptions({ profile, now, policy, trusted_keys: keys }: Request): VerifyOptions {
  return {
    ...(profile === undefined ? {} : { profile: readOption('profile', profile, asProfile) }),
    nowMs: readOption('now', now, asCount),
    ...(policy === undefined ? {} : { policy: readPolicy(policy) }),
    ...(keys === undefined ? {} : { trustedKeys: readOption('trusted_keys', keys, asIssuerKeys) }),
  };
}

/** The trust policy of a request. */
export function readPolicy(policy: JsonValue | undefined): Policy {
  return readOption('policy', policy, (value) => parsePolicy(asBytes(value)));
}

/** What `read` makes of a member; nobody can mean one that it refuses. */
export function readOption<T, V>(field: string, value: V, read: (value: V) => T): T {
  try {
    return read(value);
  } catch (error) {
    if (error instanceof FormatError || error instanceof Refusal) {
      throw new Refusal('bad-option', field);
    }
    throw error;
  }
}

function asProfile(value: JsonValue): Profile {
  const name = asText(value);
  if (Object.hasOwn(PROFILES, name)) return name as Profile;
  throw badRequest();
}

function asIssuerKeys(value: JsonValue): string[] {
  const keys = asTexts(value);
  if (keys.every(isIssuerKey)) return keys;
  throw badRequest();
}

/** A verdict without its messages, which are for people. */
export function verdictAnswer({ errors, warnings, ...facts }: Verdict): JsonObject {
  return { ...facts, errors: errors.map(findingAnswer), warnings: warnings.map(findingAnswer) };
}

/** What is compared of an error or a warning. */
export function findingAnswer({ code, field }: Pick<Finding<string>, 'code' | 'field'>) {
  return field === undefined ? { code } : { code, field };
}
