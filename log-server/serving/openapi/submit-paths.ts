/** How entries are put in: one, many, raw. */
import { BYTES_MEDIA_TYPE, type EntryType, JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { answer, bytes, contentOf, problem, query, ref } from './parts.ts';
import { entryErrors } from './schemas.ts';

const tooMany = problem('Too many submissions of this client.', ['rate-limited'], true);
const tooLarge = problem('The entry, the line count or the body is too large.', ['E-SIZE-001']);
const unavailable = problem(
  'Not now; sending the same again is safe. With proof-pending the entry is in the log: the body ' +
    'has its index, and its proof can be asked for later.',
  [
    'overloaded',
    'too-many-waiters',
    'proof-pending',
    'storage-full',
    'storage-failed',
    'not-confirmed',
  ],
  true,
);
const wrongType = problem('Another content type or a content encoding.', [
  'unsupported-media-type',
  'unsupported-encoding',
]);

const foreignPage = problem('A web page of an origin that may not submit.', ['origin-not-allowed']);

function errors(types: readonly EntryType[]) {
  const codes = Object.keys(entryErrors(types)).filter((code) => code !== 'E-SIZE-001');
  return {
    400: problem('The entry or the request is not acceptable.', [
      ...codes,
      'bad-request',
      'aborted',
    ]),
    403: foreignPage,
    413: tooLarge,
    415: wrongType,
    429: tooMany,
    503: unavailable,
  };
}

const NDJSON = 'application/x-ndjson';
const lines = { schema: { type: 'string', description: 'One entry a line.' } };

const wait = query('wait', 'Answer once a cosigned checkpoint covers the entry, with its proof.', {
  const: 'proof',
});

/** A log of plain bytes only has the route, and says so. */
export function submitPath(types: readonly EntryType[]) {
  const named = types.filter(({ mediaType }) => mediaType !== BYTES_MEDIA_TYPE);
  if (named.length === 0) {
    const summary = 'This log takes no JSON entries';
    return { post: { tags: ['submit'], summary, responses: { 403: foreignPage, 415: wrongType } } };
  }
  return {
    post: {
      tags: ['submit'],
      summary: 'Submit one entry, or many as lines',
      description:
        'Idempotent: the same entry gets the same index, at the same instant or a year later. ' +
        '`application/json` is one entry of at most 1 MiB as sent, 64 KiB of it outside strings. `application/x-ndjson` is up to ' +
        '1,000 lines (unless configured lower), answered with one result line each, in order; a bad ' +
        'line spoils only itself.',
      parameters: [wait],
      requestBody: {
        required: true,
        content: {
          ...contentOf(named),
          ...(named.some(({ mediaType }) => mediaType === JSON_MEDIA_TYPE)
            ? { [NDJSON]: lines }
            : {}),
        },
      },
      responses: {
        200: {
          ...answer('The entry is durable.', 'application/json', ref('Submitted')),
          content: {
            'application/json': { schema: ref('Submitted') },
            [NDJSON]: { schema: ref('BatchLine') },
          },
        },
        ...errors(types),
      },
    },
  };
}

export const addPath = (types: readonly EntryType[]) => ({
  post: {
    tags: ['submit'],
    summary: 'Add raw bytes',
    description:
      'At most 65,535 bytes. Bytes that another entry type of the log claims are refused: they must ' +
      'be submitted as that.',
    parameters: [wait],
    requestBody: {
      required: true,
      content: { [BYTES_MEDIA_TYPE]: { schema: bytes } },
    },
    responses: {
      200: answer(
        'The decimal index, and nothing else; with `wait` the proof (C2SP tlog-proof), and nothing else.',
        'text/plain',
        { type: 'string', pattern: '^((0|[1-9][0-9]*)$|c2sp\\.org/tlog-proof@v1\\n)' },
      ),
      ...errors(types),
    },
  },
});
