/** An item of the list at `/evidence`: what evidence says and against whom, without its bytes. */
import { z } from 'zod';
import { EVIDENCE_KINDS, standingOf } from '#protocol/evidence/evidence.ts';
import type { EvidenceRecord } from './evidence-record.ts';

export const evidenceItemSchema = z.object({
  /** Lowercase hex SHA-256 of the document. */
  id: z.string().regex(/^[0-9a-f]{64}$/),
  kind: z.enum(EVIDENCE_KINDS),
  standing: z.enum(['proof', 'anomaly']),
  origin: z.string(),
  /** Verifier key of who contradicted itself. */
  accused: z.string(),
  statement: z.string(),
  /** Unix milliseconds. */
  detected_at: z.int(),
});

export function evidenceItem(record: EvidenceRecord): z.infer<typeof evidenceItemSchema> {
  const { id, kind, origin, accused, statement, detectedAtMs } = record;
  const standing = standingOf(kind);
  return { id, kind, standing, origin, accused, statement, detected_at: detectedAtMs };
}
