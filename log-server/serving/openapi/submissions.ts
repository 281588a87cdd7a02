/** How entries are put in: one, many, raw. Bodies are read and parsed by the routes themselves. */
import { BYTES_MEDIA_TYPE, type EntryType, JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import { answer, answers, BYTES, createRoute, problem, z } from '#service/openapi.ts';
import { contentOf, entryErrors, namedTypes, submittedSchema } from './schemas.ts';

/** Many JSON entries, a line each. */
export const LINES_MEDIA_TYPE = 'application/x-ndjson';

const tooMany = problem('Too many submissions of this client.', ['rate-limited'], true);
const tooLarge = problem('The entry, the line count or the body is too large.', ['E-SIZE-001']);
const unavailable = problem(
  'Not now; sending the same again is safe. With proof-pending the entry is in the log: the body ' +
    'has its index, and its proof can be asked for later.',
  [
    'overloaded',
    'no-sequencer',
    'too-many-waiters',
    'proof-pending',
    'storage-full',
    'storage-failed',
    'tiles-unavailable',
    'not-confirmed',
  ],
  true,
);
const wrongType = problem('Another content type or a content encoding.', [
  'unsupported-media-type',
  'unsupported-encoding',
]);
const frozen = problem('The log is frozen, and has no such entry. Do not send it again.', [
  'log-frozen',
]);
const foreignPage = problem('A web page of an origin that may not submit.', ['origin-not-allowed']);

function refusals(types: readonly EntryType[]) {
  const codes = Object.keys(entryErrors(types)).filter((code) => code !== 'E-SIZE-001');
  const all = [...codes, 'bad-request', 'aborted'];
  return {
    400: problem('The entry or the request is not acceptable.', all),
    403: foreignPage,
    410: frozen,
    413: tooLarge,
    415: wrongType,
    429: tooMany,
    503: unavailable,
  };
}

const query = z.object({
  wait: z.literal('proof', 'Expected wait=proof.').optional().openapi({
    description: 'Answer once a cosigned checkpoint covers the entry, with its proof.',
  }),
});

export type SubmitQuery = z.infer<typeof query>;

/** A log of plain bytes only has the route, and says so. */
export function entriesRoute(types: readonly EntryType[]) {
  const named = namedTypes(types);
  const takesLines = named.some(({ mediaType }) => mediaType === JSON_MEDIA_TYPE);
  const lines = { type: 'string', description: 'One entry a line.' };
  const results = { oneOf: [ref('BatchResult'), ref('Problem')] };
  const takenTypes = { ...contentOf(named), ...(takesLines && { [LINES_MEDIA_TYPE]: lines }) };
  const answered = { 'application/json': submittedSchema };
  const refusal = answers({ 403: foreignPage, 415: wrongType });
  return createRoute({
    method: 'post',
    path: '/v1/log/entries',
    tags: ['submit'],
    summary:
      named.length === 0 ? 'This log takes no JSON entries' : 'Submit one entry, or many as lines',
    description:
      'Idempotent: the same entry gets the same index, at the same instant or a year later. ' +
      '`application/json` is one entry of at most 1 MiB as sent, 64 KiB of it outside strings. ' +
      '`application/x-ndjson` is up to 1,000 lines (unless configured lower), answered with one ' +
      'result line each, in order; a bad line spoils only itself.',
    request: { query, body: body(takenTypes) },
    responses:
      named.length === 0
        ? refusal
        : answers({
            200: answer('The entry is durable.', {
              ...answered,
              ...(takesLines && { [LINES_MEDIA_TYPE]: results }),
            }),
            ...refusals(types),
          }),
  });
}

export function addRoute(types: readonly EntryType[]) {
  return createRoute({
    method: 'post',
    path: '/add',
    tags: ['submit'],
    summary: 'Add raw bytes',
    description:
      'At most 65,535 bytes. Bytes that another entry type of the log claims are refused: they must ' +
      'be submitted as that.',
    request: { query, body: body({ [BYTES_MEDIA_TYPE]: BYTES }) },
    responses: answers({
      200: answer(
        'The decimal index, and nothing else; with `wait` the proof (C2SP tlog-proof), and nothing else.',
        {
          'text/plain': {
            type: 'string',
            pattern: '^((0|[1-9][0-9]*)$|c2sp\\.org/tlog-proof@v1\\n)',
          },
        },
      ),
      ...refusals(types),
    }),
  });
}

function ref(name: string) {
  return { $ref: `#/components/schemas/${name}` };
}

function body(content: Readonly<Record<string, object>>) {
  const described = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return { required: true, content: Object.fromEntries(described) };
}
