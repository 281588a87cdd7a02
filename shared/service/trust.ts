/** Whom a follower of a log believes: a policy file, or one key of a log alone. */
import { ProtocolError } from '#protocol/errors.ts';
import { isLogType } from '#protocol/note/algorithms.ts';
import { parseVerifierKey, type VerifierKey } from '#protocol/note/key.ts';
import { NO_QUORUM, type Policy } from '#protocol/policy/policy.ts';
import { ConfigError } from './errors.ts';
import { readPolicyFile } from './policy-file.ts';

/** One of both. */
export interface TrustConfig {
  readonly policy?: string | undefined;
  readonly vkey?: string | undefined;
}

/** Throws `ConfigError`. */
export function trustOf({ policy, vkey }: TrustConfig): Policy {
  if (vkey === undefined) return readPolicyFile(policy!).policy;
  return { logs: [{ key: logKey(vkey) }], witnesses: [], groups: [], quorum: NO_QUORUM };
}

/** Whether a checkpoint counts by the log's signature alone. */
export function isWithoutQuorum({ quorum }: Policy): boolean {
  return quorum === NO_QUORUM;
}

function logKey(text: string): VerifierKey {
  try {
    const key = parseVerifierKey(text);
    if (isLogType(key.type)) return key;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`"${text}" is no verifier key: ${error.message}.`);
  }
  throw new ConfigError(`"${text}" is no key of a log.`);
}
