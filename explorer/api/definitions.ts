/** The routes of the API, for its document: what each is asked, and what it answers. */
import {
  answer,
  answers,
  BAD_REQUEST,
  BYTES,
  CACHED,
  createRoute,
  NOT_MODIFIED,
  problem,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';
import { PROCESS_TAG } from '#service/process-routes.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './query.ts';
import {
  checkpointsSchema,
  exportLineSchema,
  jsonFeedSchema,
  logsSchema,
  monitorSchema,
  oneEntrySchema,
  searchSchema,
  statsSchema,
} from './schemas.ts';

export const API_DOCUMENT = {
  title: 'Explorer',
  description:
    'Searches transparency logs that it has read and verified. Each entry comes as its bytes with its proof to ' +
    'a checkpoint that the log and its witnesses signed, so nothing of it has to be believed. A log is named ' +
    'by its origin as `log`, which may be left out where there is only one. Errors are ' +
    '`application/problem+json` with a stable `code`; where another query was likely meant it is in ' +
    '`suggestion`. Pages of any site may ask all of it (CORS).',
  tags: [
    { name: 'search', description: 'Entries, and what to be told of new ones.' },
    { name: 'logs', description: 'The logs, what their entries come to, and who cosigned when.' },
    { name: 'files', description: 'Each log’s public files, as far as they have been verified.' },
    PROCESS_TAG,
  ],
};

/** Of problem documents, beside those of all servers. */
export const PROBLEM_MEMBERS = {
  suggestion: z
    .string()
    .optional()
    .openapi({ description: 'The query of the same path that was likely meant.' }),
};

const text = (description: string) => z.string().optional().openapi({ description });
const log = text('Origin of the log.');
const hash = (what: string) => text(`${what}, in hex, base64 or base64url.`);
const time = (what: string) =>
  text(`${what}: ISO 8601, in UTC unless it says otherwise, or Unix milliseconds.`);

/** All of them have to be met. */
const filters = {
  log,
  index: text('Index in its log.'),
  leaf: hash('Leaf hash'),
  code_ref: text('Code reference.'),
  code_ref_prefix: text('What the code reference begins with.'),
  issuer: hash('Public key of the issuer'),
  policy: z
    .array(z.string())
    .optional()
    .openapi({ description: 'Policy id; repeated, all of them.' }),
  input_hash: hash('Hash of the input'),
  output_hash: hash('Hash of the output'),
  nonce: hash('Nonce'),
  hash: hash('Leaf hash, issuer, nonce, or hash of the input or output'),
  from: time('At or after this time, as the entry states it'),
  to: time('Before this time, as the entry states it'),
};
const cursor = text('`next_cursor` of the page before.');
const limit = z
  .string()
  .optional()
  .openapi({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT });

const NO_LOG = problem('No such log is read here.', ['no-log']);
const NO_CHECKPOINT = problem(
  'Nothing of the log has been verified yet.',
  ['nothing-confirmed'],
  true,
);
const OVERLOADED = problem('Too much at once.', ['overloaded'], true);
const TOO_MANY_STREAMS = problem(
  'Too many requests, or streams, of this client.',
  ['rate-limited', 'too-many-streams'],
  true,
);
const NO_PLACE = problem('Too many streams are open.', ['too-many-streams'], true);
const csv = (what: string) => answer(what, { 'text/csv; charset=utf-8': TEXT });

export const searchRoute = createRoute({
  method: 'get',
  path: '/v1/search',
  tags: ['search'],
  summary: 'Entries that pass all filters, newest first',
  description:
    'A page may hold fewer entries than were asked for, or none, and still have a next one. Pages stay as they ' +
    'are while logs grow.',
  request: { query: z.object({ ...filters, cursor, limit }) },
  responses: answers({
    200: answer('One page.', { 'application/json': searchSchema }),
    400: BAD_REQUEST,
    404: NO_LOG,
    429: TOO_MANY,
    503: OVERLOADED,
  }),
});

export const entryRoute = createRoute({
  method: 'get',
  path: '/v1/entries/{index}',
  tags: ['search'],
  summary: 'One entry of a log',
  request: {
    params: z.object({ index: z.string().openapi({ type: 'integer', minimum: 0 }) }),
    query: z.object({ log }),
  },
  responses: answers({
    200: answer('The entry, also as an offline proof.', { 'application/json': oneEntrySchema }),
    400: BAD_REQUEST,
    404: problem('No such log, or no such entry in it.', ['no-log', 'no-entry']),
    429: TOO_MANY,
    503: NO_CHECKPOINT,
  }),
});

export const exportRoute = createRoute({
  method: 'get',
  path: '/v1/export',
  tags: ['search'],
  summary: 'All entries that pass all filters, newest first, a line of JSON each',
  description:
    'The first line has the checkpoints. The last one says how it ended: `complete`, or with the cursor of ' +
    'another export that goes on. Without a last line it was cut off on the way.',
  request: { query: z.object({ ...filters, cursor }) },
  responses: answers({
    200: answer('Lines.', { 'application/x-ndjson': exportLineSchema }),
    400: BAD_REQUEST,
    404: NO_LOG,
    429: TOO_MANY_STREAMS,
    503: NO_PLACE,
  }),
});

const feed = { tags: ['search'], request: { query: z.object({ ...filters, cursor }) } };
const feedAnswers = (content: Parameters<typeof answer>[1]) =>
  answers({
    200: answer('The feed.', content, CACHED),
    304: NOT_MODIFIED,
    400: BAD_REQUEST,
    404: NO_LOG,
    429: TOO_MANY,
    503: OVERLOADED,
  });

export const atomRoute = createRoute({
  ...feed,
  method: 'get',
  path: '/v1/feed.atom',
  summary: 'The newest entries of a search, as an Atom feed',
  responses: feedAnswers({ 'application/atom+xml': TEXT }),
});

export const jsonFeedRoute = createRoute({
  ...feed,
  method: 'get',
  path: '/v1/feed.json',
  summary: 'The newest entries of a search, as a JSON feed',
  responses: feedAnswers({ 'application/feed+json': jsonFeedSchema }),
});

export const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/events',
  tags: ['logs'],
  summary: 'News of the logs as server-sent events',
  description:
    'An event `logs` with `logs` (of each `log`, `size` and `state`) and `now_ms` at the beginning, within two ' +
    'seconds of any change, and at least every five seconds.',
  responses: answers({
    200: answer('Events until either side ends it.', { 'text/event-stream': TEXT }),
    429: TOO_MANY_STREAMS,
    503: NO_PLACE,
  }),
});

export const logsRoute = createRoute({
  method: 'get',
  path: '/v1/logs',
  tags: ['logs'],
  summary: 'The logs that are read, and how far',
  responses: answers({
    200: answer('All of them.', { 'application/json': logsSchema }),
    400: BAD_REQUEST,
    429: TOO_MANY,
  }),
});

const ofLog = { tags: ['logs'], request: { query: z.object({ log }) } };
const OF_LOG = { 400: BAD_REQUEST, 404: NO_LOG, 429: TOO_MANY, 503: NO_CHECKPOINT };

export const statsRoute = createRoute({
  ...ofLog,
  method: 'get',
  path: '/v1/stats',
  summary: 'What all entries of a log come to',
  responses: answers({
    200: answer('The numbers.', { 'application/json': statsSchema }),
    ...OF_LOG,
  }),
});

export const seriesRoute = createRoute({
  method: 'get',
  path: '/v1/stats/{series}',
  tags: ['logs'],
  summary: 'One series of these numbers, as CSV',
  request: {
    params: z.object({
      series: z.enum(['hours.csv', 'policies.csv', 'issuers.csv', 'types.csv', 'sizes.csv']),
    }),
    query: z.object({ log }),
  },
  responses: answers({
    200: csv('A header line, and a line for each.'),
    ...OF_LOG,
    404: problem('No such log, or no such series.', ['no-log', 'not-found']),
  }),
});

const page = { log, cursor, limit };

export const checkpointsRoute = createRoute({
  method: 'get',
  path: '/v1/checkpoints',
  tags: ['logs'],
  summary: 'Verified checkpoints of a log, newest first',
  request: {
    query: z.object({ ...page, notes: text('`true` for the signed notes, too.') }),
  },
  responses: answers({
    200: answer('One page.', { 'application/json': checkpointsSchema }),
    ...OF_LOG,
  }),
});

export const checkpointsCsvRoute = createRoute({
  method: 'get',
  path: '/v1/checkpoints.csv',
  tags: ['logs'],
  summary: 'The same as CSV: a line for each cosignature',
  request: { query: z.object(page) },
  responses: answers({ 200: csv('One page; the header `Link` has the next one.'), ...OF_LOG }),
});

export const evidenceRoute = createRoute({
  method: 'get',
  path: '/v1/evidence/{id}',
  tags: ['logs'],
  summary:
    'A document that proves a contradiction, offline: the explorer’s own, or that of its monitor',
  request: { params: z.object({ id: z.string() }) },
  responses: answers({
    200: answer('tecp-evidence/v1; never changes.', { 'application/json': { type: 'object' } }),
    400: BAD_REQUEST,
    404: problem('No such evidence is here.', ['no-evidence']),
    429: TOO_MANY,
    503: problem('The monitor that has it does not answer.', ['no-monitor', 'overloaded'], true),
  }),
});

export const monitorRoute = createRoute({
  method: 'get',
  path: '/v1/monitor',
  tags: ['logs'],
  summary: 'What a monitor of these logs told last',
  responses: answers({
    200: answer('Its words, passed on.', { 'application/json': monitorSchema }),
    400: BAD_REQUEST,
    429: TOO_MANY,
  }),
});

const id = z
  .string()
  .openapi({ description: 'Hex of the SHA-256 of the origin: `files` of a log.' });

export const checkpointFileRoute = createRoute({
  method: 'get',
  path: '/logs/{id}/checkpoint',
  tags: ['files'],
  summary: 'The newest checkpoint of which everything has been verified',
  request: { params: z.object({ id }) },
  responses: answers({
    200: answer('A signed note.', { 'text/plain; charset=utf-8': TEXT }, CACHED),
    304: NOT_MODIFIED,
    404: NO_LOG,
    429: TOO_MANY,
    503: NO_CHECKPOINT,
  }),
});

export const tileFileRoute = createRoute({
  method: 'get',
  path: '/logs/{id}/tile/{path}',
  tags: ['files'],
  summary: 'A tile of hashes, or a bundle of entries (C2SP tlog-tiles)',
  description: 'Bundles are compressed with gzip when Accept-Encoding allows it.',
  request: {
    params: z.object({
      id,
      path: z.string().openapi({ examples: ['0/000', '1/000.p/3', 'entries/x001/234.p/56'] }),
    }),
  },
  responses: answers({
    200: answer('Never changes.', { 'application/octet-stream': BYTES }, CACHED),
    304: NOT_MODIFIED,
    404: problem('Not a tile path, or beyond the checkpoint.', ['no-log', 'not-found', 'bad-tile']),
    429: TOO_MANY,
    503: problem(
      'Nothing verified yet, or too much at once.',
      ['nothing-confirmed', 'overloaded'],
      true,
    ),
  }),
});
