/**
 * Where a witness says what it saw another one cosign (docs/spec/log.md section 7, "What a witness
 * remembers of others"): so one that was set back can find out what it has signed.
 */
import { sha256 } from '#crypto';
import { encodeUtf8, toHex } from '../bytes.ts';

/** The list of logs, by the name of the other witness. */
export function seenListPath(witness: string): string {
  return `seen/${hashOf(witness)}`;
}

/** The note of its largest tree of a log. */
export function seenCheckpointPath(witness: string, origin: string): string {
  return `${seenListPath(witness)}/${hashOf(origin)}`;
}

function hashOf(name: string): string {
  return toHex(sha256(encodeUtf8(name)));
}
