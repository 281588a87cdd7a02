/** What evidence can show, and how much that weighs (docs/spec/evidence.md section 2). */
import { checkText } from '../arguments.ts';

/** Two notes of one key that contradict each other. */
export const CONTRADICTION_KINDS = [
  'same-size-fork',
  'different-size-fork',
  'cosigned-backwards',
  'same-index-fork',
] as const;

export const EVIDENCE_KINDS = [...CONTRADICTION_KINDS, 'invalid-entry'] as const;

export type ContradictionKind = (typeof CONTRADICTION_KINDS)[number];
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/**
 * How much evidence weighs. `proof`: no honest key could have signed both, so it convicts the
 * accused. `breach`: a tree was signed with an entry in it that stated rules refuse, which convicts a
 * log that is known to keep these rules, and nobody else. `anomaly`: an honest witness whose clock
 * stepped back could have signed it, so it convicts nobody. Only a proof freezes a log.
 */
export const EVIDENCE_STANDINGS = ['proof', 'breach', 'anomaly'] as const;

export type EvidenceStanding = (typeof EVIDENCE_STANDINGS)[number];

const STANDINGS: Readonly<Record<EvidenceKind, EvidenceStanding>> = {
  'same-size-fork': 'proof',
  'different-size-fork': 'proof',
  'cosigned-backwards': 'anomaly',
  'same-index-fork': 'proof',
  'invalid-entry': 'breach',
};

/** The standing of a kind (docs/spec/evidence.md section 2). Throws RangeError for an unknown one. */
export function standingOf(kind: EvidenceKind): EvidenceStanding {
  checkText(kind, 'kind');
  if (!Object.hasOwn(STANDINGS, kind)) throw new RangeError(`no kind of evidence: "${kind}"`);
  return STANDINGS[kind];
}
