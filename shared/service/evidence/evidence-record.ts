/** A piece of evidence without its bytes: what it says, against whom, and since when it is held. */
import type { EvidenceKind } from '#protocol/evidence/evidence.ts';

export interface EvidenceRecord {
  readonly id: string;
  readonly kind: EvidenceKind;
  readonly origin: string;
  /** Verifier key of who contradicted itself, as text. */
  readonly accused: string;
  /** The contradiction in one sentence. */
  readonly statement: string;
  /** Unix milliseconds. */
  readonly detectedAtMs: number;
}
