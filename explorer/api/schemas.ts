/** The answers of the API (`../search/answers.ts`) as schemas, for its document. */
import { sizeSchema, z } from '#service/openapi.ts';

const HEX_HASH = /^[0-9a-f]{64}$/;
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const cursor = z.string().openapi({ description: 'Where the next page begins.' });
const notes = z
  .record(z.string(), z.string())
  .openapi({ description: 'By origin: the signed note to which the proofs of its entries lead.' });

const summarySchema = z.strictObject({
  title: z.string(),
  time_ms: z.int().optional(),
  issuer: z.string().optional(),
  code_ref: z.string().optional(),
  policies: z.array(z.string()).optional(),
  input_hash: z.string().optional(),
  output_hash: z.string().optional(),
  nonce: z.string().optional(),
});

const entryMembers = {
  log: z.string().openapi({ description: 'Origin.' }),
  index: sizeSchema,
  leaf_hash: z.string().regex(HEX_HASH),
  type: z.string(),
  fault: z.string().optional().openapi({
    description: 'Why it must not stand in a log, where entries of the log are `judged`.',
  }),
  entry: base64.openapi({ description: 'Its exact bytes.' }),
  proof: z.array(base64).openapi({ description: 'From the leaf’s sibling to the root’s child.' }),
  summary: summarySchema.openapi({ description: 'What follows from the bytes.' }),
};

export const entrySchema = z.strictObject(entryMembers).openapi('Entry');
export const oneEntrySchema = z
  .strictObject({ ...entryMembers, tlog_proof: z.string() })
  .openapi('OneEntry');
export const searchSchema = z
  .strictObject({
    checkpoints: notes,
    entries: z.array(entrySchema),
    searched: z.record(z.string(), z.strictObject({ from: sizeSchema, to: sizeSchema })).openapi({
      description:
        'By origin: the page answers for entries of index `from` to, not including, `to`.',
    }),
    next_cursor: cursor.optional(),
  })
  .openapi('SearchPage');

export const logsSchema = z
  .strictObject({
    logs: z.array(
      z.strictObject({
        log: z.string(),
        url: z.string(),
        size: sizeSchema,
        checkpoint: z.string().optional(),
        checkpoint_ms: z.int().optional().openapi({
          description: 'When the quorum had cosigned it; without witnesses, when it was seen.',
        }),
        shown_size: sizeSchema.optional(),
        state: z.enum(['current', 'reading', 'trouble', 'frozen']),
        trouble: z.string().optional(),
        evidence: z.array(z.string()),
        policy: z.string(),
        entry_types: z.array(z.string()),
        judged: z.boolean().openapi({
          description:
            'Whether its entries are judged. If not, no `fault`, and `faults` of 0, say nothing.',
        }),
        files: z.string(),
      }),
    ),
    now_ms: z.int(),
  })
  .openapi('Logs');

const counted = z.array(z.strictObject({ value: z.string(), entries: sizeSchema }));

export const statsSchema = z
  .strictObject({
    log: z.string(),
    size: sizeSchema,
    checkpoint: z.string(),
    bytes: sizeSchema,
    faults: sizeSchema,
    hours: z
      .array(z.strictObject({ hour_ms: z.int(), entries: sizeSchema }))
      .openapi({ description: 'The newest 2160 that have entries, up to `hours_until_ms`.' }),
    hours_until_ms: z.int(),
    hours_other: sizeSchema.openapi({ description: 'Entries that state other hours.' }),
    policies: counted,
    policies_total: sizeSchema,
    issuers: counted,
    issuers_total: sizeSchema,
    types: counted,
    sizes: z.array(z.strictObject({ up_to: sizeSchema, entries: sizeSchema })),
  })
  .openapi('Stats');

export const checkpointsSchema = z
  .strictObject({
    log: z.string(),
    checkpoints: z.array(
      z.strictObject({
        size: sizeSchema,
        root: z.string().regex(HEX_HASH),
        seen_ms: z.int(),
        cosigned: z.array(z.strictObject({ witness: z.string(), time_seconds: z.int() })),
        note: z.string().optional(),
      }),
    ),
    next_cursor: cursor.optional(),
  })
  .openapi('Checkpoints');

export const monitorSchema = z
  .looseObject({
    url: z.string().optional(),
    told: z.looseObject({ at_ms: z.int(), ok: z.boolean() }).optional(),
    trouble: z.string().optional(),
  })
  .openapi('Monitor');

/** A line of an export. */
export const exportLineSchema = z
  .union([
    z.strictObject({ checkpoints: notes }),
    entrySchema,
    z.strictObject({
      end: z.enum(['complete', 'limit', 'stopped', 'failed']),
      entries: sizeSchema,
      next_cursor: cursor.optional(),
    }),
  ])
  .openapi('ExportLine');

export const jsonFeedSchema = z
  .looseObject({
    version: z.literal('https://jsonfeed.org/version/1.1'),
    title: z.string(),
    items: z.array(z.looseObject({ id: z.string(), url: z.url(), content_text: z.string() })),
  })
  .openapi('JsonFeed');
