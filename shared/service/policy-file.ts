/** Policy files (C2SP tlog-policy) of servers: read with a cap, and every failure one sentence. */
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from '#protocol/policy/policy.ts';
import { hasUserInfo, httpPrefix } from '#protocol/policy/url.ts';
import { readBoundedFile } from './bounded-file.ts';
import { ConfigError } from './errors.ts';

export interface PolicyFile {
  readonly policy: Policy;
  /** The file, verbatim. */
  readonly text: string;
}

/**
 * Throws `ConfigError` for a file that cannot be read, is too large, or is not a policy, and for one with a URL
 * that nobody could ask, or that nobody should see.
 */
export function readPolicyFile(path: string): PolicyFile {
  const bytes = readBoundedFile(path, 'the policy', MAX_POLICY_BYTES);
  try {
    const text = decodeUtf8(bytes);
    const policy = parsePolicy(text);
    for (const { url } of [...policy.logs, ...policy.witnesses]) checkUrl(url, path);
    return { policy, text };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new ConfigError(`${path} is not a policy: ${error.message}.`);
  }
}

function checkUrl(url: string | undefined, path: string): void {
  if (url === undefined) return;
  if (httpPrefix(url) === undefined) {
    throw new ConfigError(`${path} is not a policy to work by: "${url}" is no URL.`);
  }
  if (hasUserInfo(url)) {
    const reason = 'a URL in it has a user or a password, and a policy is published';
    throw new ConfigError(`${path} is not a policy to work by: ${reason}.`);
  }
}
