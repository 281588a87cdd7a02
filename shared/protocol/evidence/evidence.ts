/** Evidence (docs/spec/evidence.md): the document, making it, and judging it. */
export {
  EVIDENCE_FORMAT,
  EVIDENCE_KINDS,
  type Evidence,
  type EvidenceKind,
  type EvidenceStanding,
  encodeEvidence,
  evidenceId,
  MAX_EVIDENCE_BYTES,
  MAX_EVIDENCE_PROOF_HASHES,
  parseEvidence,
  standingOf,
} from './document.ts';
export { proveCosignedBackwards, proveDifferentSizeFork, proveSameSizeFork } from './prove.ts';
export { type EvidenceVerdict, verifyEvidence } from './verify.ts';
