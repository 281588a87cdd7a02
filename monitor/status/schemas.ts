/** What the monitor tells as JSON, and its OpenAPI document says of it. Times are Unix milliseconds. */
import { evidenceItemSchema } from '#service/evidence/evidence-item.ts';
import { sizeSchema, z } from '#service/openapi.ts';
import { alertSchema } from '../alerts/alert-json.ts';
import { sloSchema } from '../canary/slo-json.ts';

const timeSchema = z.int().openapi({ description: 'Unix milliseconds.' });
const agreementSchema = z
  .enum(['agrees', 'pending', 'contradicts', 'went-back', 'absent', 'unknown'])
  .openapi({
    description: 'How what is shown stands to the tree that the monitor has re-derived.',
  });

const quorumSchema = z
  .strictObject({
    needed: z.int(),
    have: z.int().openapi({ description: 'Members of the quorum that have cosigned.' }),
    of: z.int(),
    missing: z.array(z.string()).readonly().openapi({ description: 'Members that have not.' }),
  })
  .openapi({ description: 'Absent where the policy asks for no quorum.' });

const checkedSchema = timeSchema
  .optional()
  .openapi({ description: 'When it last gave a good answer.' });

const logSchema = z.strictObject({
  origin: z.string(),
  url: z.string(),
  size: sizeSchema.optional().openapi({ description: 'Of the last valid checkpoint.' }),
  root: z.string().optional().openapi({ description: 'Lowercase hex.' }),
  quorum_met: z.boolean().optional(),
  quorum: quorumSchema.optional(),
  last_quorum_at: timeSchema.optional().openapi({
    description: 'When a quorum was last seen to have cosigned what it published.',
  }),
  cosigners: z.array(z.string()).readonly(),
  cosigned_at: timeSchema.optional(),
  agreement: agreementSchema,
  verified_size: sizeSchema,
  walked_size: sizeSchema,
  invalid_entries: z.int(),
  unjudged_entries: z.int().openapi({
    description: 'Entries that were only made into the tree: `entries: tree-only`.',
  }),
  checked_at: checkedSchema,
  failure: z.string().optional().openapi({ description: 'Why the last request failed.' }),
});

const witnessSchema = z.strictObject({
  name: z.string(),
  url: z.string(),
  answering: z.boolean(),
  failure: z.string().optional(),
  logs: z.array(
    z.strictObject({
      origin: z.string(),
      agreement: agreementSchema,
      size: sizeSchema.optional(),
      root: z.string().optional().openapi({ description: 'Lowercase hex.' }),
      cosigned_at: timeSchema.optional().openapi({
        description: 'Its newest cosignature, in what it shows or what the log publishes.',
      }),
      checked_at: checkedSchema,
    }),
  ),
});

export const statusSchema = z
  .strictObject({
    ok: z.boolean().openapi({
      description: 'No alert is open, and nothing is wrong with the monitor itself.',
    }),
    problems: z.array(z.string()).readonly().openapi({ description: 'Of the monitor itself.' }),
    now: timeSchema,
    started_at: timeSchema,
    quorum: z.string(),
    logs: z.array(logSchema),
    witnesses: z.array(witnessSchema),
    alerts: z.array(alertSchema).openapi({ description: 'Open ones, newest first.' }),
    evidence: z.array(evidenceItemSchema),
    sinks: z.array(
      z.strictObject({
        name: z.string(),
        waiting: z.int().openapi({ description: 'Messages not yet taken.' }),
        set_aside: z.int().openapi({ description: 'Those refused again and again.' }),
        away: z.string().optional().openapi({ description: 'Why it takes nothing at the moment.' }),
      }),
    ),
    gossip: z
      .strictObject({
        consistent: z.int(),
        inconsistent: z.int(),
        pending: z.int(),
        refused: z.int(),
      })
      .openapi({ description: 'Checkpoints that were handed in since the start, by verdict.' }),
    slo: z.array(sloSchema).openapi({ description: 'What the canary measured, by log.' }),
  })
  .openapi('Status');

export type StatusJson = z.infer<typeof statusSchema>;
export type LogJson = z.infer<typeof logSchema>;
export type WitnessJson = z.infer<typeof witnessSchema>;
