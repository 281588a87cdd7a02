/** An item of the list at `/evidence`: what evidence says and against whom, without its bytes. */
import { EVIDENCE_KINDS, EVIDENCE_STANDINGS, standingOf } from '#protocol/evidence/evidence.ts';
import { z } from '../openapi.ts';
import type { EvidenceRecord } from './evidence-record.ts';

export const evidenceItemSchema = z
  .object({
    id: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .openapi({ description: 'Lowercase hex SHA-256 of the document.' }),
    kind: z.enum(EVIDENCE_KINDS),
    standing: z
      .enum(EVIDENCE_STANDINGS)
      .openapi({ description: 'Whether it convicts, convicts by rules, or is a reason to ask.' }),
    origin: z.string(),
    accused: z.string().openapi({ description: 'Verifier key of who contradicted itself.' }),
    statement: z.string(),
    detected_at: z.int().openapi({ description: 'Unix milliseconds.' }),
  })
  .openapi('EvidenceItem');

export function evidenceItem(record: EvidenceRecord): z.infer<typeof evidenceItemSchema> {
  const { id, kind, origin, accused, statement, detectedAtMs } = record;
  const standing = standingOf(kind);
  return { id, kind, standing, origin, accused, statement, detected_at: detectedAtMs };
}
