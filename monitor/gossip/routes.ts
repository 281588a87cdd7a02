/** `POST /v1/gossip/checkpoint`: its description, its limits, and its answer as JSON. */
import type { IncomingMessage } from 'node:http';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { limitRate, postCors, type ServiceApp } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import {
  answer,
  answers,
  createRoute,
  problem,
  sizeSchema,
  TEXT,
  TOO_MANY,
  z,
} from '#service/openapi.ts';
import { clientAddress, RateLimiter } from '#service/rate-limit.ts';
import type { GossipAnswer, GossipDesk } from './desk.ts';

/** A checkpoint with the cosignatures of 38 witnesses with ML-DSA-44 keys. */
export const MAX_GOSSIP_BYTES = 131_072;
/** A body of so many bytes costs one request more. */
const BYTES_PER_REQUEST = 4096;
/** For each client: a browser hands in what it sees, once for each checkpoint. */
const RATE = { ratePerSecond: 10, burst: 100 };

const gossipSchema = z
  .strictObject({
    verdict: z.enum(['consistent', 'inconsistent', 'pending']),
    reason: z.string().openapi({ description: 'For people.' }),
    origin: z.string(),
    size: sizeSchema,
    root: z.string().openapi({ description: 'Lowercase hex.' }),
    witnesses: z.array(z.string()).readonly().openapi({
      description: "The policy's names of the witnesses whose cosignatures hold.",
    }),
    quorum_met: z.boolean(),
    verified_size: sizeSchema.openapi({
      description: 'Up to which every entry of the log has been checked.',
    }),
    evidence: z.array(z.string()).readonly().openapi({
      description: 'Ids of what proves who contradicts himself; see /evidence/{id}.',
    }),
  })
  .openapi('GossipVerdict');

const gossipRoute = createRoute({
  method: 'post',
  path: '/v1/gossip/checkpoint',
  tags: ['monitor'],
  summary: 'Hand in a checkpoint that was seen somewhere',
  description:
    'The body is a signed note, a checkpoint of a log that is watched. It is compared with the tree ' +
    'that the monitor has verified. Pages of any site may ask (CORS). Sending the same again is safe.',
  request: { body: { required: true, content: { 'text/plain': { schema: TEXT } } } },
  responses: answers({
    200: answer('Consistent, or inconsistent; the evidence is kept.', {
      'application/json': gossipSchema,
    }),
    202: answer(
      'Pending: kept until the log shows how it fits, which is an alert if it does not.',
      {
        'application/json': gossipSchema,
      },
    ),
    400: problem('Not a checkpoint.', ['malformed', 'bad-request', 'aborted']),
    403: problem('Not signed by the log.', ['untrusted', 'bad-signature']),
    404: problem('Not a log that is watched.', ['unknown-log']),
    413: problem('The body is too large.', ['E-SIZE-001']),
    415: problem('The body is compressed.', ['unsupported-encoding']),
    429: TOO_MANY,
    503: problem('Nothing was kept; try again.', ['storage'], true),
  }),
});

export function addGossipRoutes(app: ServiceApp, desk: GossipDesk, trustProxy: boolean): void {
  app.use(gossipRoute.path, postCors, limitRate(new RateLimiter(RATE), trustProxy, costOf));
  app.openapi(gossipRoute, async (c) => {
    const body = await readBody(c.env.incoming, MAX_GOSSIP_BYTES);
    const taken = await desk.take(decodeUtf8(body), clientAddress(c.env.incoming, trustProxy));
    c.header('cache-control', 'no-store');
    return c.json(gossipJson(taken), taken.verdict === 'pending' ? 202 : 200);
  });
}

/** A body that does not announce its length is as long as it may be. */
function costOf({ headers }: IncomingMessage): number {
  const announced = Number(headers['content-length'] ?? MAX_GOSSIP_BYTES);
  return 1 + Math.floor(Math.min(announced, MAX_GOSSIP_BYTES) / BYTES_PER_REQUEST);
}

function gossipJson({ quorumMet, verifiedSize, ...same }: GossipAnswer) {
  return { ...same, quorum_met: quorumMet, verified_size: verifiedSize };
}
