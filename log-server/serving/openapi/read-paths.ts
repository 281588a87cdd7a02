/** What readers may ask for: the log's files, proofs and facts as JSON, the state of the process. */
import { BYTES_MEDIA_TYPE, type EntryType } from '#protocol/entry/entry-type.ts';
import {
  answer,
  bytes,
  CACHED,
  contentOf,
  NOT_MODIFIED,
  NOT_PUBLISHED,
  problem,
  query,
  ref,
  SIZE,
  TOO_MANY_READS,
} from './parts.ts';

const common = { 429: TOO_MANY_READS, 503: NOT_PUBLISHED };
const badRequest = problem('A parameter is missing or malformed; `field` names it.', [
  'bad-request',
]);
const notFound = problem('There is nothing of that name.', ['not-found']);
const text = { type: 'string' };

export const filePaths = {
  '/checkpoint': {
    get: {
      tags: ['files'],
      summary: 'The published checkpoint, a signed note with its cosignatures',
      responses: {
        200: answer('Good for a second.', 'text/plain; charset=utf-8', text, CACHED),
        304: NOT_MODIFIED,
        ...common,
      },
    },
  },
  '/tile/{path}': {
    get: {
      tags: ['files'],
      summary: 'A tile of hashes, or a bundle of entries',
      description:
        '`tile/<L>/<N>[.p/<W>]` holds hashes of 32 bytes; `tile/entries/<N>[.p/<W>]` entries, each ' +
        'with its length in 16 bits. L is 0 to 63; N is in groups of three digits, all but the last ' +
        'with an x (`x001/x234/067`), so it contains slashes; W is 1 to 255 for a partial tile. ' +
        'Every width of every published size is there, for ever; tiles reach to the checkpoint that was signed last. Bundles are compressed with gzip ' +
        'when Accept-Encoding allows it.',
      parameters: [
        {
          name: 'path',
          in: 'path',
          required: true,
          schema: { type: 'string', examples: ['0/000', '1/000.p/3', 'entries/x001/234.p/56'] },
        },
      ],
      responses: {
        200: answer('Never changes.', 'application/octet-stream', bytes, CACHED),
        304: NOT_MODIFIED,
        404: problem('Not a tile path, or beyond what was signed.', ['not-found', 'bad-tile']),
        ...common,
        503: problem('Too many large answers at once.', ['overloaded'], true),
      },
    },
  },
};

export const readPaths = (types: readonly EntryType[]) => ({
  '/v1/log/proof': {
    get: {
      tags: ['proofs'],
      summary: 'The offline proof of an entry',
      description:
        'Takes exactly one of `leaf` and `index`. Under the earliest checkpoint that is kept for ever ' +
        'and covers the entry: asking again gives the same proof. An entry that none of these covers ' +
        'yet is proven under the published checkpoint.',
      parameters: [
        query('leaf', 'Leaf hash.', { type: 'string', pattern: '^[0-9a-f]{64}$' }),
        query('index', 'Leaf index.', SIZE),
        query(
          'size',
          'Prove under the checkpoint of this size, kept or published; 404 if it is neither.',
          SIZE,
        ),
      ],
      responses: {
        200: {
          ...answer('The proof; as JSON if Accept asks for it.', 'text/plain', text),
          content: {
            'text/plain; charset=utf-8': { schema: text },
            'application/json': { schema: ref('Proof') },
          },
        },
        400: badRequest,
        404: notFound,
        429: TOO_MANY_READS,
        503: problem(
          'Nothing is published yet, or the entry is in the log but not under a published checkpoint.',
          ['not-published', 'proof-pending'],
          true,
        ),
      },
    },
  },
  '/v1/log/consistency': {
    get: {
      tags: ['proofs'],
      summary: 'The consistency proof between two tree sizes',
      parameters: [
        query('from', 'The smaller size.', SIZE, true),
        query('to', 'The larger size; the published one if absent.', SIZE),
      ],
      responses: {
        200: answer('The proof; empty from 0, and between equal sizes.', 'application/json', {
          ...ref('Consistency'),
        }),
        400: badRequest,
        ...common,
      },
    },
  },
  '/v1/log/entries/{index}': {
    get: {
      tags: ['proofs'],
      summary: 'The bytes of one entry',
      parameters: [{ name: 'index', in: 'path', required: true, schema: SIZE }],
      responses: {
        200: {
          ...answer('The logged bytes.', BYTES_MEDIA_TYPE, bytes, CACHED),
          content: { ...contentOf(types), [BYTES_MEDIA_TYPE]: { schema: bytes } },
        },
        400: badRequest,
        404: notFound,
        ...common,
      },
    },
  },
  '/v1/log/sth': {
    get: {
      tags: ['proofs'],
      summary: 'The published checkpoint as JSON, with who cosigned it',
      responses: {
        200: answer('The tree head.', 'application/json', ref('TreeHead')),
        ...common,
      },
    },
  },
  '/.well-known/tecp-log-jwks': {
    get: {
      tags: ['proofs'],
      summary: 'The log’s public key, as a JSON Web Key Set',
      responses: {
        200: answer('The keys.', 'application/json', ref('KeySet')),
        429: TOO_MANY_READS,
      },
    },
  },
  '/v1/log/policy': {
    get: {
      tags: ['proofs'],
      summary: 'The policy that checkpoints are published under (C2SP tlog-policy)',
      description: 'To look at. Whoever verifies takes the policy from somewhere else.',
      responses: {
        200: answer('The policy file.', 'text/plain; charset=utf-8', text),
        429: TOO_MANY_READS,
      },
    },
  },
  '/openapi.json': {
    get: {
      tags: ['proofs'],
      summary: 'This document',
      responses: {
        200: answer('OpenAPI 3.1.', 'application/json', { type: 'object' }),
        429: TOO_MANY_READS,
      },
    },
  },
});

const servers = [{ url: '/' }];

export const processPaths = {
  '/healthz': {
    servers,
    get: {
      tags: ['process'],
      summary: 'Whether the process is alive',
      responses: { 200: answer('It is.', 'application/json', ref('Health')) },
    },
  },
  '/readyz': {
    servers,
    get: {
      tags: ['process'],
      summary: 'Whether every log of the process can do its job',
      responses: {
        200: answer('All can.', 'application/json', ref('Readiness')),
        503: answer('Some cannot; the reasons say why.', 'application/json', ref('Readiness')),
      },
    },
  },
  '/metrics': {
    servers,
    get: {
      tags: ['process'],
      summary: 'Metrics for Prometheus',
      responses: { 200: answer('Metrics.', 'text/plain; version=0.0.4; charset=utf-8', text) },
    },
  },
};
