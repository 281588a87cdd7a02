/** The public files of a log (C2SP tlog-tiles). */
import {
  answer,
  answers,
  BYTES,
  CACHED,
  createRoute,
  NOT_MODIFIED,
  problem,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';

export const NOT_PUBLISHED = problem(
  'No checkpoint has had its quorum yet.',
  ['not-published'],
  true,
);

export const checkpointRoute = createRoute({
  method: 'get',
  path: '/checkpoint',
  tags: ['files'],
  summary: 'The published checkpoint, a signed note with its cosignatures',
  responses: answers({
    200: answer('Good for a second.', { 'text/plain; charset=utf-8': TEXT }, CACHED),
    304: NOT_MODIFIED,
    429: TOO_MANY,
    503: NOT_PUBLISHED,
  }),
});

/** No template of OpenAPI has slashes in a parameter; the route takes all that is below `/tile/`. */
export const tileRoute = createRoute({
  method: 'get',
  path: '/tile/{path}',
  tags: ['files'],
  summary: 'A tile of hashes, or a bundle of entries',
  description:
    '`tile/<L>/<N>[.p/<W>]` holds hashes of 32 bytes; `tile/entries/<N>[.p/<W>]` entries, each ' +
    'with its length in 16 bits. L is 0 to 63; N is in groups of three digits, all but the last ' +
    'with an x (`x001/x234/067`), so it contains slashes; W is 1 to 255 for a partial tile. ' +
    'Every width of every published size is there, for ever; tiles reach to the checkpoint that ' +
    'was signed last. Bundles are compressed with gzip when Accept-Encoding allows it.',
  request: {
    params: z.object({
      path: z.string().openapi({ examples: ['0/000', '1/000.p/3', 'entries/x001/234.p/56'] }),
    }),
  },
  responses: answers({
    200: answer('Never changes.', { 'application/octet-stream': BYTES }, CACHED),
    304: NOT_MODIFIED,
    404: problem('Not a tile path, or beyond what was signed.', ['not-found', 'bad-tile']),
    429: TOO_MANY,
    503: problem(
      'Too many large answers at once, or the place of the tiles cannot be reached.',
      ['overloaded', 'tiles-unavailable'],
      true,
    ),
  }),
});
