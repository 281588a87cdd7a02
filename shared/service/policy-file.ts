/** Policy files (C2SP tlog-policy) of servers: read with a cap, and every failure one sentence. */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_POLICY_LENGTH, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { readBoundedFile } from './bounded-file.ts';
import { ConfigError } from './errors.ts';

/** The cap on its characters, in bytes of UTF-8. */
const MAX_POLICY_BYTES = 4 * MAX_POLICY_LENGTH;

export interface PolicyFile {
  readonly policy: Policy;
  /** The file, verbatim. */
  readonly text: string;
}

/** Throws `ConfigError` for a file that cannot be read, is too large, or is not a policy. */
export function readPolicyFile(path: string): PolicyFile {
  const bytes = readBoundedFile(path, 'the policy', MAX_POLICY_BYTES);
  try {
    const text = decodeUtf8(bytes);
    return { policy: parsePolicy(text), text };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`${path} is not a policy: ${error.message}.`);
  }
}
