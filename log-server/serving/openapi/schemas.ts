/** The shapes of JSON bodies of a log: results of submissions, proofs, facts, what problems carry. */
import { BYTES_MEDIA_TYPE, type EntryType } from '#protocol/entry/entry-type.ts';
import { ENTRY_ERRORS } from '#protocol/errors.ts';
import { BYTES, sizeSchema, z } from '#service/openapi.ts';

const base64Hash = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=$/)
  .openapi({ description: '32 bytes, base64 with padding' });
const leafIndex = sizeSchema.openapi({
  description: 'Zero-based, and never given to anything else.',
});
const leafHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .openapi({
    description: 'SHA-256(0x00 || entry), lowercase hex: the one identifier of an entry',
  });
const duplicate = z.boolean().openapi({ description: 'Whether the entry was in the log before.' });
const note = z.string().openapi({ description: 'A signed note, verbatim.' });
const hashes = z.array(base64Hash).max(64);

const submitted = {
  leaf_index: leafIndex,
  leaf_hash: leafHash,
  duplicate,
  warnings: z
    .array(z.strictObject({ code: z.string(), message: z.string(), field: z.string().optional() }))
    .readonly()
    .optional()
    .openapi({
      description:
        'What the submitter should know of an entry that was taken, such as W-TS-002, it is older ' +
        'than the default profile of verifiers allows. Absent when there is nothing.',
    }),
  proof: z
    .string()
    .optional()
    .openapi({ description: 'An offline proof (C2SP tlog-proof), as text.' }),
};
export const submittedSchema = z.strictObject(submitted).openapi('Submitted');
/** Of one line of a batch; a line that is refused has a problem document instead. */
export const batchResultSchema = z.strictObject({ status: z.literal(200), ...submitted });

export const proofSchema = z
  .strictObject({
    leaf_index: leafIndex,
    leaf_hash: leafHash,
    tree_size: sizeSchema,
    root_hash: base64Hash,
    hashes,
    checkpoint: note,
  })
  .openapi('Proof');

export const consistencySchema = z
  .strictObject({ from: sizeSchema, to: sizeSchema, hashes })
  .openapi('Consistency');

export const treeHeadSchema = z
  .strictObject({
    origin: z.string(),
    tree_size: sizeSchema,
    root_hash: base64Hash,
    frozen: z.literal(true).optional().openapi({
      description: 'The log takes no entry ever again. Absent while it does.',
    }),
    quorum_time: z.int().optional().openapi({
      description: 'POSIX seconds by which the quorum had cosigned; absent for quorum none.',
    }),
    cosignatures: z.array(
      z.strictObject({
        witness: z.string().openapi({ description: 'Name in the policy.' }),
        key: z.string().openapi({ description: 'Verifier key.' }),
        time: z.int().openapi({ description: 'POSIX seconds.' }),
      }),
    ),
    checkpoint: note,
  })
  .openapi('TreeHead');

export const keySetSchema = z
  .strictObject({
    keys: z.array(
      z.strictObject({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
        use: z.literal('sig'),
        alg: z.literal('EdDSA'),
        kid: z
          .string()
          .regex(/^[0-9a-f]{8}$/)
          .openapi({ description: 'Key ID of the note key.' }),
        origin: z.string(),
        vkey: z.string().openapi({ description: 'The same key as a verifier key.' }),
      }),
    ),
  })
  .openapi('KeySet');

export type Submitted = z.infer<typeof submittedSchema>;
export type ProofJson = z.infer<typeof proofSchema>;
export type ConsistencyJson = z.infer<typeof consistencySchema>;
export type TreeHeadJson = z.infer<typeof treeHeadSchema>;
export type KeySetJson = z.infer<typeof keySetSchema>;

/** The codes with which a log of these types refuses an entry, and what they mean. */
export function entryErrors(types: readonly EntryType[]): Readonly<Record<string, string>> {
  return Object.assign({}, ENTRY_ERRORS, ...types.map(({ errors }) => errors));
}

/** What problem documents of a log of these types have beyond those of all servers. */
export function problemMembers(types: readonly EntryType[]) {
  const meanings = Object.entries(entryErrors(types)).map(([code, text]) => `${code} ${text}`);
  const description = `Stable, for programs. Of an entry: ${meanings.join('; ')}.`;
  return {
    code: z.string().openapi({ description }),
    leaf_index: sizeSchema
      .optional()
      .openapi({ description: 'With proof-pending: where the entry is.' }),
    leaf_hash: leafHash.optional(),
    duplicate: duplicate.optional(),
    shards: z.string().optional().openapi({
      description: 'With log-frozen: path of the list that says which log to write to.',
    }),
  };
}

/** Entries of these types, by their media type. Raw schemas: whoever takes entries parses them. */
export function contentOf(types: readonly EntryType[]): Readonly<Record<string, EntryContent>> {
  const byMediaType = Object.groupBy(types, ({ mediaType }) => mediaType);
  return Object.fromEntries(
    Object.entries(byMediaType).map(([mediaType, own]) => {
      const [first = BYTES, ...others] = own!.map(({ schema }) =>
        schema ? { $ref: `#/components/schemas/${schema.name}` } : BYTES,
      );
      return [mediaType, others.length === 0 ? first : { anyOf: [first, ...others] }];
    }),
  );
}

type EntryContent = typeof BYTES | { $ref: string } | { anyOf: object[] };

/** Of types that are submitted to `/v1/log/entries`. */
export function namedTypes(types: readonly EntryType[]): readonly EntryType[] {
  return types.filter(({ mediaType }) => mediaType !== BYTES_MEDIA_TYPE);
}
