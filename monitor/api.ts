/** What the monitor is asked: the routes of its OpenAPI document. */
import { EVIDENCE_TAG } from '#service/evidence/routes.ts';
import {
  answer,
  answers,
  BAD_REQUEST,
  createRoute,
  problem,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';
import { PROCESS_TAG } from '#service/process-routes.ts';
import { alertPageSchema } from './alerts/alert-json.ts';
import { heartbeatSchema } from './alerts/notice.ts';
import { sloSchema } from './canary/slo-json.ts';
import { statusSchema } from './status/schemas.ts';

export const MONITOR_DOCUMENT = {
  title: 'Monitor',
  description:
    'Follows logs and witnesses, tells what is wrong with them, and judges checkpoints that anybody ' +
    'hands in. Errors are `application/problem+json` with a stable `code`. Pages of any site may ask ' +
    'all of it (CORS).',
  tags: [
    { name: 'monitor', description: 'What it sees, and what alarms it.' },
    EVIDENCE_TAG,
    PROCESS_TAG,
  ],
};

const DEFAULT_PAGE = 100;
const MAX_PAGE = 500;
const MAX_ID = 10 ** 15 - 1;

/** A positive integer below 10^15, in its one spelling. */
function positive(maximum: number) {
  return z
    .string()
    .regex(/^[1-9][0-9]{0,14}$/, 'Expected a positive integer.')
    .transform(Number)
    .refine((value) => value <= maximum, `Expected at most ${maximum}.`)
    .openapi({ type: 'integer', minimum: 1, maximum });
}

export const pageRoute = createRoute({
  method: 'get',
  path: '/',
  tags: ['monitor'],
  summary: 'The status, as a page for people',
  responses: answers({
    200: answer('The page.', { 'text/html; charset=UTF-8': TEXT }),
    429: TOO_MANY,
  }),
});

export const historyRoute = createRoute({
  method: 'get',
  path: '/history',
  tags: ['monitor'],
  summary: 'All alerts, as a page for people, newest first',
  request: {
    query: z.object({
      before: positive(MAX_ID)
        .optional()
        .openapi({ description: 'Older than the alert with this id.' }),
    }),
  },
  responses: answers({
    200: answer('One page.', { 'text/html; charset=UTF-8': TEXT }),
    400: BAD_REQUEST,
    429: TOO_MANY,
  }),
});

export const statusRoute = createRoute({
  method: 'get',
  path: '/v1/status',
  tags: ['monitor'],
  summary: 'The status: logs, witnesses, open alerts, evidence',
  responses: answers({
    200: answer('The status.', { 'application/json': statusSchema }),
    429: TOO_MANY,
  }),
});

export const sloRoute = createRoute({
  method: 'get',
  path: '/v1/slo',
  tags: ['monitor'],
  summary: 'What the receipts of the monitor itself measured, against the objective',
  responses: answers({
    200: answer('For each log with a canary.', {
      'application/json': z.strictObject({ logs: z.array(sloSchema) }),
    }),
    429: TOO_MANY,
  }),
});

export const eventsRoute = createRoute({
  method: 'get',
  path: '/v1/events',
  tags: ['monitor'],
  summary: 'News of the status as server-sent events',
  description:
    'An event `status` with `ok`, `headline` and `now` at the beginning, within a second of any change, ' +
    'and at least every five seconds.',
  responses: answers({
    200: answer('Events until either side ends it.', { 'text/event-stream': TEXT }),
    429: problem(
      'Too many requests, or more than 8 streams of this client.',
      ['rate-limited', 'too-many-streams'],
      true,
    ),
    503: problem('256 streams are open already.', ['too-many-streams'], true),
  }),
});

export const heartbeatRoute = createRoute({
  method: 'get',
  path: '/v1/heartbeat',
  tags: ['monitor'],
  summary: 'Whether all is well, and what was checked: for whoever watches the monitor',
  responses: answers({
    200: answer('All is well, and all of it was checked.', { 'application/json': heartbeatSchema }),
    429: TOO_MANY,
    503: answer('Not all is well, or not all was checked.', {
      'application/json': heartbeatSchema,
    }),
  }),
});

export const alertsRoute = createRoute({
  method: 'get',
  path: '/v1/alerts',
  tags: ['monitor'],
  summary: 'Alerts, newest first',
  request: {
    query: z.object({
      state: z
        .enum(['open', 'all'], 'Expected open or all.')
        .default('open')
        .openapi({ description: 'Open ones only, or resolved ones too.' }),
      limit: positive(MAX_PAGE)
        .default(DEFAULT_PAGE)
        .openapi({ description: 'How many at most.', default: DEFAULT_PAGE }),
      before: positive(MAX_ID)
        .optional()
        .openapi({ description: 'Older than this id: `next_before` of the page before.' }),
    }),
  },
  responses: answers({
    200: answer('One page.', { 'application/json': alertPageSchema }),
    400: BAD_REQUEST,
    429: TOO_MANY,
  }),
});
