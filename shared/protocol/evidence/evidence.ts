/** Evidence (docs/spec/evidence.md): the document, making it, judging it, and where it was seen. */
export {
  type Contradiction,
  EVIDENCE_FORMAT,
  type Evidence,
  encodeEvidence,
  evidenceId,
  MAX_EVIDENCE_BYTES,
  MAX_EVIDENCE_PROOF_HASHES,
  type ProvenLeaf,
  type RefusedEntry,
} from './document.ts';
export { ENTRY_RULES, type EntryRules } from './entry-rules.ts';
export {
  EVIDENCE_KINDS,
  EVIDENCE_STANDINGS,
  type EvidenceKind,
  type EvidenceStanding,
  standingOf,
} from './kinds.ts';
export { parseEvidence } from './parse.ts';
export {
  proveCosignedBackwards,
  proveDifferentSizeFork,
  proveInvalidEntry,
  proveSameIndexFork,
  proveSameSizeFork,
} from './prove.ts';
export {
  type EvidenceFile,
  formatEvidenceFile,
  isSighting,
  MAX_EVIDENCE_FILE_BYTES,
  MAX_SIGHTINGS,
  parseEvidenceFile,
  type SeenNote,
  type Sighting,
  sightingsOf,
} from './sightings.ts';
export { type EvidenceVerdict, verifyEvidence } from './verify.ts';
