/** What a witness is asked and answers: the routes of its OpenAPI document, and the schemas of it. */
import { SIZE_CONTENT_TYPE } from '#protocol/witness/add-checkpoint.ts';
import { EVIDENCE_TAG } from '#service/evidence/routes.ts';
import {
  answer,
  answers,
  BAD_REQUEST,
  BYTES,
  CACHED,
  createRoute,
  fromParameter,
  NOT_MODIFIED,
  problem,
  sizeSchema,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';
import { PROCESS_TAG } from '#service/process-routes.ts';

export const NOTE_CONTENT_TYPE = 'text/plain; charset=utf-8';

/** What problem documents of a witness have beyond those of all servers. */
export const PROBLEM_MEMBERS = {
  evidence: z
    .string()
    .optional()
    .openapi({ description: 'With log-frozen and other-root: the evidence against the log.' }),
  owed_size: sizeSchema
    .optional()
    .openapi({ description: 'With comparison-owed: the size of the checkpoint that is owed.' }),
  owed_root: z.string().optional().openapi({ description: 'Its root hash, base64.' }),
  owed_since: z.int().optional().openapi({ description: 'Unix milliseconds.' }),
};

export const WITNESS_DOCUMENT = {
  title: 'Witness',
  description:
    'Cosigns checkpoints that are consistent with all that it has cosigned (C2SP tlog-witness), and ' +
    'shows what it caught others at. Errors are `application/problem+json` with a stable `code`. ' +
    'Reads may be made by pages of any site (CORS).',
  tags: [
    { name: 'witness', description: 'Cosigning (C2SP tlog-witness).' },
    EVIDENCE_TAG,
    PROCESS_TAG,
  ],
};

const owedSchema = z.strictObject({
  size: sizeSchema,
  root: z.string().openapi({ description: 'Root hash, base64.' }),
  source: z.string().openapi({ description: 'Who showed the checkpoint.' }),
  since: z.int().openapi({ description: 'Unix milliseconds.' }),
  reason: z.string().optional().openapi({ description: 'Why the last try showed nothing.' }),
});

const followedLogSchema = z.strictObject({
  origin: z.string(),
  vkeys: z.array(z.string()).openapi({ description: 'Verifier keys of the log.' }),
  size: sizeSchema.openapi({ description: 'Of the tree cosigned last; 0 before the first.' }),
  cosigned_at: z.int().optional().openapi({ description: 'POSIX seconds.' }),
  checkpoint: z.string().openapi({ description: 'Path of the checkpoint cosigned last.' }),
  disabled: z.string().optional().openapi({ description: 'Why it is not followed any more.' }),
  frozen_by: z.string().optional().openapi({ description: 'The evidence that froze it.' }),
  rolled_back: z
    .object({
      size: sizeSchema,
      time: z.int().openapi({ description: 'POSIX seconds of the cosignature.' }),
      source: z.string().openapi({ description: 'Who showed it.' }),
      found_at: z.int().openapi({ description: 'Unix milliseconds.' }),
    })
    .optional()
    .openapi({ description: 'What was cosigned here and is not remembered: nothing is signed.' }),
  owed: z.array(owedSchema).openapi({ description: 'Comparisons it owes, oldest first.' }),
  cosigning: z.boolean().openapi({ description: 'Whether its checkpoints are cosigned now.' }),
});

const bastionSchema = z.strictObject({
  address: z.string().openapi({ description: '`host:port` to which the witness dials out.' }),
  backend: z
    .string()
    .openapi({ description: 'Its name in URLs of the bastion: `/<backend>/...`.' }),
  connected: z.boolean().openapi({ description: 'Whether it can be reached there now.' }),
  since: z.int().openapi({ description: 'Since when that is so, Unix milliseconds.' }),
});

export const descriptionSchema = z
  .strictObject({
    name: z.string(),
    vkeys: z.array(z.string()).openapi({ description: 'Its verifier keys.' }),
    logs: z.array(followedLogSchema),
    bastions: z.array(bastionSchema).openapi({ description: 'Through which it can be reached.' }),
    evidence: sizeSchema.openapi({ description: 'How much evidence it holds.' }),
  })
  .openapi('Witness');

export type Description = z.infer<typeof descriptionSchema>;
export type FollowedLog = z.infer<typeof followedLogSchema>;
export type OwedItem = z.infer<typeof owedSchema>;

export const addCheckpointRoute = createRoute({
  method: 'post',
  path: '/add-checkpoint',
  tags: ['witness'],
  summary: 'Have a checkpoint cosigned',
  description:
    '`old <size>`, the hashes of a consistency proof from that size, an empty line, the checkpoint. ' +
    'Sending the same again is safe.',
  request: { body: { required: true, content: { 'text/plain': { schema: BYTES } } } },
  responses: answers({
    200: answer('Signature lines, one by each key.', { [NOTE_CONTENT_TYPE]: TEXT }),
    400: problem('Not a request, or an old size above the new one.', [
      'malformed',
      'old-above-checkpoint',
      'aborted',
    ]),
    403: problem('Not signed by the log, or the log is disabled or has contradicted itself.', [
      'untrusted',
      'bad-signature',
      'log-disabled',
      'log-frozen',
    ]),
    404: problem('The log is not witnessed here.', ['unknown-log']),
    409: answer('Not the size cosigned last, which is the answer.', {
      [SIZE_CONTENT_TYPE]: { type: 'string', pattern: '^(0|[1-9][0-9]*)\\n$' },
    }),
    413: problem('The body is too large.', ['E-SIZE-001']),
    415: problem('A content encoding.', ['unsupported-encoding']),
    422: problem('The proof does not hold.', ['bad-empty-root', 'bad-proof', 'other-root']),
    429: TOO_MANY,
    503: problem(
      'Not now: the log owes a comparison, a key cannot sign, or the state cannot be stored.',
      ['comparison-owed', 'looking', 'rolled-back', 'restored', 'cannot-sign', 'busy', 'storage'],
      true,
    ),
  }),
});

export const signSubtreeRoute = createRoute({
  method: 'post',
  path: '/sign-subtree',
  tags: ['witness'],
  summary: 'Have a subtree of a cosigned tree cosigned',
  description:
    '`subtree <start> <end>`, the base64 hash of the subtree, the hashes of a subtree consistency ' +
    'proof (draft-ietf-plants-merkle-tree-certs, section 4), an empty line, and a checkpoint with a ' +
    'cosignature of this witness. The answer has no time, and sending the same again is safe.',
  request: { body: { required: true, content: { 'text/plain': { schema: BYTES } } } },
  responses: answers({
    200: answer('Signature lines, one by each ML-DSA-44 key.', { [NOTE_CONTENT_TYPE]: TEXT }),
    400: problem('Not a request, or not a subtree of that tree.', [
      'malformed',
      'bad-range',
      'aborted',
    ]),
    403: problem('Not cosigned here, or the log is no longer followed, or contradicted itself.', [
      'not-cosigned',
      'log-disabled',
      'log-frozen',
    ]),
    404: problem('The log is not witnessed here, or there is no key for subtrees.', [
      'unknown-log',
      'no-subtrees',
    ]),
    413: problem('The body is too large.', ['E-SIZE-001']),
    415: problem('A content encoding.', ['unsupported-encoding']),
    422: problem('The proof does not hold.', ['bad-proof']),
    429: TOO_MANY,
    503: problem('A key cannot sign now.', ['cannot-sign'], true),
  }),
});

export const checkpointRoute = createRoute({
  method: 'get',
  path: '/{hash}/checkpoint',
  tags: ['witness'],
  summary: 'The checkpoint of a log that was cosigned last',
  request: {
    params: z.object({
      hash: z.string().openapi({ description: 'SHA-256 of the log’s origin, lowercase hex.' }),
    }),
  },
  responses: answers({
    200: answer(
      'The note, with the cosignatures made here.',
      { [NOTE_CONTENT_TYPE]: TEXT },
      CACHED,
    ),
    304: NOT_MODIFIED,
    404: problem('No checkpoint of such a log was cosigned here.', ['no-checkpoint']),
    429: TOO_MANY,
  }),
});

const seenParams = {
  witness: z.string().openapi({ description: 'SHA-256 of a witness’s name, lowercase hex.' }),
};

const seenSchema = z
  .object({
    name: z.string(),
    logs: z.array(
      z.object({
        origin: z.string(),
        size: sizeSchema,
        root: z.string().openapi({ description: 'Root hash, base64.' }),
        time: z.int().openapi({ description: 'POSIX seconds of its latest cosignature.' }),
      }),
    ),
  })
  .openapi('Seen');

export const seenListRoute = createRoute({
  method: 'get',
  path: '/seen/{witness}',
  tags: ['witness'],
  summary: 'What this witness saw another one cosign: the largest tree of each log',
  description:
    'For a witness that was set back, to find out what it has signed. A hint: the note proves it.',
  request: { params: z.object(seenParams) },
  responses: answers({
    200: answer('The list.', { 'application/json': seenSchema }),
    404: problem('No such witness is a peer of this one.', ['no-peer']),
    429: TOO_MANY,
  }),
});

export const seenCheckpointRoute = createRoute({
  method: 'get',
  path: '/seen/{witness}/{log}',
  tags: ['witness'],
  summary: 'The largest checkpoint of a log that another witness was seen to have cosigned',
  request: {
    params: z.object({
      ...seenParams,
      log: z.string().openapi({ description: 'SHA-256 of the log’s origin, lowercase hex.' }),
    }),
  },
  responses: answers({
    200: answer('The note, with the signatures of the log and of that witness.', {
      [NOTE_CONTENT_TYPE]: TEXT,
    }),
    404: problem('It was not seen to have cosigned any.', ['no-checkpoint']),
    429: TOO_MANY,
  }),
});

export const descriptionRoute = createRoute({
  method: 'get',
  path: '/',
  description:
    'JSON, unless `Accept` names `text/html` and prefers it: then a page for people with a hundred logs, ' +
    'those that want looking at first.',
  request: {
    query: z.object({
      from: fromParameter.openapi({ description: 'Of the page alone.' }),
    }),
  },
  tags: ['witness'],
  summary: 'Who this is, how far it has followed each log, and what each log owes',
  responses: answers({
    200: answer('The description.', {
      'application/json': descriptionSchema,
      'text/html; charset=UTF-8': TEXT,
    }),
    400: BAD_REQUEST,
    429: TOO_MANY,
  }),
});
