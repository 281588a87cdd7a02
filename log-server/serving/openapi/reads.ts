/** What readers may ask for as JSON: proofs, entries, facts. */
import { BYTES_MEDIA_TYPE, type EntryType } from '#protocol/entry/entry-type.ts';
import {
  answer,
  answers,
  BAD_REQUEST,
  BYTES,
  CACHED,
  createRoute,
  problem,
  sizeParameter,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';
import { NOT_PUBLISHED } from './files.ts';
import {
  consistencySchema,
  contentOf,
  keySetSchema,
  proofSchema,
  treeHeadSchema,
} from './schemas.ts';

const NOT_FOUND = problem('There is nothing of that name.', ['not-found']);
const PLAIN = 'text/plain; charset=utf-8';

const proofQuery = z
  .object({
    leaf: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'Expected 64 lowercase hex digits.')
      .optional()
      .openapi({ description: 'Leaf hash.' }),
    index: sizeParameter.optional().openapi({ description: 'Leaf index.' }),
    size: sizeParameter.optional().openapi({
      description:
        'Prove under the checkpoint of this size, kept or published; 404 if it is neither.',
    }),
  })
  .refine(({ leaf, index }) => (leaf === undefined) !== (index === undefined), {
    path: ['leaf'],
    message: 'Expected either leaf=<hex> or index=<n>.',
  });

export type ProofQuery = z.infer<typeof proofQuery>;

export const proofRoute = createRoute({
  method: 'get',
  path: '/v1/log/proof',
  tags: ['proofs'],
  summary: 'The offline proof of an entry',
  description:
    'Takes exactly one of `leaf` and `index`. Under the earliest checkpoint that is kept for ever ' +
    'and covers the entry: asking again gives the same proof. An entry that none of these covers ' +
    'yet is proven under the published checkpoint.',
  request: { query: proofQuery },
  responses: answers({
    200: answer('The proof; as JSON if Accept asks for it.', {
      [PLAIN]: TEXT,
      'application/json': proofSchema,
    }),
    400: BAD_REQUEST,
    404: NOT_FOUND,
    429: TOO_MANY,
    503: problem(
      'Nothing is published yet, or no published checkpoint covers the entry; with `leaf_index` a ' +
        'signed one does.',
      ['not-published', 'proof-pending'],
      true,
    ),
  }),
});

export const consistencyRoute = createRoute({
  method: 'get',
  path: '/v1/log/consistency',
  tags: ['proofs'],
  summary: 'The consistency proof between two tree sizes',
  request: {
    query: z.object({
      from: sizeParameter.openapi({ description: 'The smaller size.' }),
      to: sizeParameter
        .optional()
        .openapi({ description: 'The larger size; the published one if absent.' }),
    }),
  },
  responses: answers({
    200: answer('The proof; empty from 0, and between equal sizes.', {
      'application/json': consistencySchema,
    }),
    400: BAD_REQUEST,
    429: TOO_MANY,
    503: NOT_PUBLISHED,
  }),
});

export function entryRoute(types: readonly EntryType[]) {
  return createRoute({
    method: 'get',
    path: '/v1/log/entries/{index}',
    tags: ['proofs'],
    summary: 'The bytes of one entry',
    request: { params: z.object({ index: sizeParameter }) },
    responses: answers({
      200: answer('The logged bytes.', { ...contentOf(types), [BYTES_MEDIA_TYPE]: BYTES }, CACHED),
      400: BAD_REQUEST,
      404: NOT_FOUND,
      429: TOO_MANY,
      503: NOT_PUBLISHED,
    }),
  });
}

export const treeHeadRoute = createRoute({
  method: 'get',
  path: '/v1/log/sth',
  tags: ['proofs'],
  summary: 'The published checkpoint as JSON, with who cosigned it',
  responses: answers({
    200: answer('The tree head.', { 'application/json': treeHeadSchema }),
    429: TOO_MANY,
    503: NOT_PUBLISHED,
  }),
});

export const keySetRoute = createRoute({
  method: 'get',
  path: '/.well-known/tecp-log-jwks',
  tags: ['proofs'],
  summary: 'The log’s public key, as a JSON Web Key Set',
  responses: answers({
    200: answer('The keys.', { 'application/json': keySetSchema }),
    429: TOO_MANY,
  }),
});

export const homeRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['proofs'],
  summary: 'The log, as a page for people',
  responses: answers({
    200: answer('The page.', { 'text/html; charset=UTF-8': TEXT }),
    404: problem('The client does not prefer HTML.', ['not-found']),
    429: TOO_MANY,
  }),
});

/** Of a log whose server is configured with a list. */
export const shardsRoute = createRoute({
  method: 'get',
  path: '/v1/log/shards',
  tags: ['proofs'],
  summary: 'The operator’s signed list of logs, of which one is to be written to',
  responses: answers({
    200: answer('The list, a signed note.', { [PLAIN]: TEXT }),
    429: TOO_MANY,
  }),
});

export const policyRoute = createRoute({
  method: 'get',
  path: '/v1/log/policy',
  tags: ['proofs'],
  summary: 'The policy that checkpoints are published under (C2SP tlog-policy)',
  description: 'To look at. Whoever verifies takes the policy from somewhere else.',
  responses: answers({
    200: answer('The policy file.', { [PLAIN]: TEXT }),
    429: TOO_MANY,
  }),
});
