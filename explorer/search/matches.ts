/** Whether an entry passes filters: what a search means, for those who look through entries themselves. */
import { encodeBase64Url } from '#protocol/base64.ts';
import { toHex } from '#protocol/bytes.ts';
import type { Candidate, Filters } from './filters.ts';

export function matches(filters: Filters, candidate: Candidate): boolean {
  const { log, index, leafHash, facts } = candidate;
  return (
    isAskedFor(filters.log, log) &&
    isAskedFor(filters.index, index) &&
    (filters.leaf === undefined || filters.leaf === toHex(leafHash)) &&
    isAskedFor(filters.codeRef, facts.codeRef) &&
    (filters.codeRefPrefix === undefined ||
      facts.codeRef?.startsWith(filters.codeRefPrefix) === true) &&
    isAskedFor(filters.issuer, facts.issuer) &&
    (filters.policies ?? []).every((policy) => facts.policies?.includes(policy)) &&
    isAskedFor(filters.inputHash, facts.inputHash) &&
    isAskedFor(filters.outputHash, facts.outputHash) &&
    isAskedFor(filters.nonce, facts.nonce) &&
    hasHash(filters.hash, candidate) &&
    isInTime(filters, candidate)
  );
}

function isAskedFor<Value>(asked: Value | undefined, value: Value | undefined): boolean {
  return asked === undefined || asked === value;
}

function hasHash(asked: string | undefined, { leafHash, facts }: Candidate): boolean {
  if (asked === undefined) return true;
  const { issuer, inputHash, outputHash, nonce } = facts;
  return [issuer, inputHash, outputHash, nonce, encodeBase64Url(leafHash)].includes(asked);
}

/** An entry that states no time is at none. */
function isInTime({ fromMs, toMs }: Filters, { timeMs }: Candidate): boolean {
  if (fromMs === undefined && toMs === undefined) return true;
  if (timeMs === undefined) return false;
  return (fromMs === undefined || timeMs >= fromMs) && (toMs === undefined || timeMs < toMs);
}
