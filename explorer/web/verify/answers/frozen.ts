/**
 * That a log has contradicted itself is the explorer's word, until this browser has verified the evidence: a proof
 * against the log's own key, by the policy that counts.
 */
import { RemoteError } from '#client/http.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { evidenceId, parseEvidence, verifyEvidence } from '#protocol/evidence/evidence.ts';
import { type Finding, finding } from '../findings.ts';
import type { KnownLog } from './known-log.ts';

export interface FrozenVerdict {
  /** The evidence convicts the log. */
  readonly isProven: boolean;
  readonly findings: readonly Finding[];
}

/** There is some against each witness that has cosigned both sides, too. */
const MAX_DOCUMENTS = 16;

/** `fetchEvidence` brings a document by its ID, and rejects with `RemoteError`. */
export async function judgeFrozen(
  { answer: { log, evidence }, trust }: KnownLog,
  fetchEvidence: (id: string) => Promise<Uint8Array>,
): Promise<FrozenVerdict> {
  const keys = (trust.policy?.logs ?? []).map(({ key }) => key.text);
  const reasons: string[] = [];
  for (const id of evidence.slice(0, MAX_DOCUMENTS)) {
    try {
      const document = parseEvidence(await fetchEvidence(id));
      const { proven, standing, origin, accused, reason } = verifyEvidence(document);
      const isAgainst = origin === log && keys.includes(accused);
      const isOwn = evidenceId(document) === id;
      if (proven && standing === 'proof' && isAgainst && isOwn) {
        return { isProven: true, findings: [] };
      }
      reasons.push(reason ?? 'one of something else');
    } catch (error) {
      if (isAway(error)) return { isProven: false, findings: [missing(log, error.message)] };
      if (!(error instanceof ProtocolError || error instanceof RemoteError)) throw error;
      reasons.push(error.message);
    }
  }
  const got = reasons.join('; ') || 'none';
  const found = finding('log-not-convicted', "a proof against the log's key", got, { log });
  return { isProven: false, findings: [found] };
}

/** It may come another time. That there is none, or too much of it, is an answer. */
function isAway(error: unknown): error is RemoteError {
  if (!(error instanceof RemoteError)) return false;
  return error.kind !== 'too-large' && error.status !== 404;
}

function missing(log: string, reason: string): Finding {
  return finding('log-evidence-missing', "a proof against the log's key", reason, { log });
}
