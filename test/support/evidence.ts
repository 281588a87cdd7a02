/** Evidence as servers list it, for tests that play one. */
import {
  type Evidence,
  evidenceId,
  standingOf,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';

/** The item that `/evidence` has for a document, also for one that proves nothing. */
export function listed(evidence: Evidence) {
  const { kind } = evidence;
  const { origin, accused, statement } = verifyEvidence(evidence);
  const standing = standingOf(kind);
  return {
    id: evidenceId(evidence),
    kind,
    standing,
    origin,
    accused,
    statement,
    detected_at: 1,
  };
}
