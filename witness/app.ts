/**
 * The witness over HTTP: add-checkpoint and checkpoint retrieval (C2SP tlog-witness), the evidence
 * it holds, and a description of itself.
 *
 * Errors are problem documents, but for 409, whose body the specification fixes.
 */
import type { IncomingMessage } from 'node:http';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import { encodeBase64 } from '#protocol/base64.ts';
import { formatSizeAnswer, SIZE_CONTENT_TYPE } from '#protocol/witness/add-checkpoint.ts';
import { createApp, limitRate, readCors, type ServiceApp } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import { type Answer, DirectRoutes, respond } from '#service/direct-routes.ts';
import { addEvidencePages } from '#service/evidence/page-routes.ts';
import { addEvidenceRoutes } from '#service/evidence/routes.ts';
import type { Logger } from '#service/logging.ts';
import { serveDocument } from '#service/openapi.ts';
import { prefersHtml } from '#service/page/negotiate.ts';
import { answerPage } from '#service/page/page.ts';
import { HttpProblem } from '#service/problem.ts';
import { checkRate, RateLimiter } from '#service/rate-limit.ts';
import { RequestFrame } from '#service/request-frame.ts';
import { atMostEvery } from '#service/schedule.ts';
import type { StorageHealth } from '#service/storage-health.ts';
import {
  addCheckpointRoute,
  checkpointRoute,
  descriptionRoute,
  NOTE_CONTENT_TYPE,
  PROBLEM_MEMBERS,
  signSubtreeRoute,
  WITNESS_DOCUMENT,
} from './api.ts';
import type { BastionState } from './bastion/links.ts';
import type { Owed } from './comparison-table.ts';
import type { WitnessConfig } from './config.ts';
import type { Cosigner } from './cosigner.ts';
import { describe } from './description.ts';
import { metadata, metadataRoute } from './metadata.ts';
import type { WitnessMetrics } from './metrics.ts';
import { witnessPage } from './page.ts';
import { type PageSources, pageFacts } from './page-facts.ts';
import { addSeenRoutes } from './seen-routes.ts';
import type { SubtreeAnswer } from './sign-subtree.ts';
import type { WitnessState } from './state.ts';
import type { Answer as Outcome } from './verdict.ts';

export interface WitnessAppOptions extends PageSources {
  readonly state: WitnessState;
  readonly addCheckpoint: (body: Uint8Array) => Promise<Outcome>;
  readonly signSubtree: (body: Uint8Array) => Promise<SubtreeAnswer>;
  readonly cosigner: Cosigner;
  /** Names of the witnesses that this one looks at. */
  readonly seenWitnesses: readonly string[];
  readonly limits: WitnessConfig['limits'];
  readonly prefixes: WitnessConfig['prefixes'];
  /** Take a client's address from the last X-Forwarded-For entry. */
  readonly trustProxy: boolean;
  /** How long a log may owe a comparison before it is no longer cosigned. */
  readonly patienceMs: number;
  /** Where else it can be reached. */
  readonly bastions: () => readonly BastionState[];
  readonly health: StorageHealth;
  readonly metrics: WitnessMetrics;
  /** Whether `/metrics` is served on another listener, and not here. */
  readonly metricsElsewhere: boolean;
  readonly logger: Logger;
}

/** What is owed is tried again at each interval of the cross-check. */
const RETRY_AFTER_SECONDS = 2;
/** A request body of so many bytes costs one token more. */
const BYTES_PER_TOKEN = 4096;
/** What a page costs, however many logs there are: all are looked at, and a hundred shown. */
const PAGE_COST = 5;
/** Looking at 10,000 logs takes tens of milliseconds, and more often than this tells nothing new. */
const PAGE_AGE_MS = 1000;
/** Logs that are described at the price of one request. */
const LOGS_PER_TOKEN = 20;

/** Both ways in which requests are answered. */
export interface WitnessApp {
  readonly app: ServiceApp;
  readonly direct: DirectRoutes;
}

/** Adds an ETag. A page of another site must be allowed to see a 304, too. */
const revalidated = etag({
  retainedHeaders: [...RETAINED_304_HEADERS, 'access-control-allow-origin'],
});

export function createWitnessApp(options: WitnessAppOptions): WitnessApp {
  const { state, limits, trustProxy, health, logger } = options;
  const { metrics } = options.metrics;
  const toProblem = health.problemOf;
  const app = createApp({
    logger,
    metrics,
    metricsElsewhere: options.metricsElsewhere,
    readiness: { storage: health.readiness },
    toProblem,
    trustProxy,
    problemMembers: PROBLEM_MEMBERS,
  });
  const direct = new DirectRoutes(new RequestFrame({ logger, metrics, toProblem }));
  const ratePerSecond = limits.requests_per_second;
  const limiter = new RateLimiter({ ratePerSecond, burst: Math.max(1, 2 * ratePerSecond) });
  const limited = (costOf?: (incoming: IncomingMessage) => number) =>
    limitRate(limiter, trustProxy, costOf);

  const describingCost = () => Math.ceil(state.logs.all().length / LOGS_PER_TOKEN);
  const costOfBody = bodyCost(limits.body_bytes);
  async function addCheckpoint(incoming: IncomingMessage): Promise<Answer> {
    checkRate(limiter, incoming, trustProxy, costOfBody(incoming));
    const body = await readBody(incoming, limits.body_bytes);
    const outcome = await options.addCheckpoint(body);
    if (outcome.kind === 'cosigned') health.succeeded();
    return addCheckpointAnswer(outcome);
  }
  app.openapi(addCheckpointRoute, async (c) => respond(c, await addCheckpoint(c.env.incoming)));
  direct.add('POST', addCheckpointRoute.path, ({ exchange }) => addCheckpoint(exchange.incoming));

  app.openapi({ ...signSubtreeRoute, middleware: limited(costOfBody) }, async (c) => {
    const body = await readBody(c.env.incoming, limits.body_bytes);
    return signSubtreeAnswer(await options.signSubtree(body));
  });

  for (const path of ['/:hash/checkpoint', '/openapi.json']) app.use(path, readCors, limited());
  app.use('/metadata', readCors, limited(describingCost));
  app.openapi(metadataRoute, (c) => {
    c.header('cache-control', 'no-cache');
    const sources = { cosigner: options.cosigner, logs: state.logs, prefixes: options.prefixes };
    return c.json(metadata(sources, new URL(c.req.url).origin));
  });
  app.use(
    '/',
    readCors,
    limited(({ headers }) => (prefersHtml(headers.accept) ? PAGE_COST : describingCost())),
  );
  app.openapi({ ...checkpointRoute, middleware: revalidated }, (c) => {
    const log = state.logs.atPath(`${c.req.valid('param').hash}/checkpoint`);
    const note = log === undefined ? undefined : state.log(log.origin).note;
    if (note === undefined) {
      throw new HttpProblem(404, 'no-checkpoint', 'No checkpoint of such a log was cosigned here.');
    }
    return c.body(note, 200, { 'content-type': NOTE_CONTENT_TYPE, 'cache-control': 'no-cache' });
  });

  addEvidenceRoutes(app, state.evidence, limited());
  addSeenRoutes(app, state, options.seenWitnesses, (path) =>
    path === '/seen/:witness' ? limited(describingCost) : limited(),
  );

  addEvidencePages(app, state.evidence, limited());

  const standings = atMostEvery(PAGE_AGE_MS, async () => state.standings());
  app.openapi(descriptionRoute, async (c) => {
    c.header('vary', 'Accept');
    if (prefersHtml(c.req.header('accept'))) {
      const { from } = c.req.valid('query');
      return answerPage(c, witnessPage(pageFacts(options, await standings(), from)));
    }
    c.header('cache-control', 'no-cache');
    return c.json(describe(options));
  });
  serveDocument(app, WITNESS_DOCUMENT);
  return { app, direct };
}

/** A body costs by its length; one that does not announce it is as long as it may be. */
function bodyCost(limitBytes: number) {
  return ({ headers }: IncomingMessage): number => {
    const announced = Number(headers['content-length'] ?? limitBytes);
    return 1 + Math.floor(Math.min(announced, limitBytes) / BYTES_PER_TOKEN);
  };
}

/** Throws the refusal as a problem, unless it is the 409 that tells the size. */
function addCheckpointAnswer(outcome: Outcome): Answer {
  if (outcome.kind === 'cosigned') {
    return { status: 200, headers: { 'content-type': NOTE_CONTENT_TYPE }, body: outcome.lines };
  }
  const { status, code, detail, evidence, owed, retryAfterSeconds } = outcome.refusal;
  if (status === 409) {
    const headers = { 'content-type': SIZE_CONTENT_TYPE };
    return { status, headers, body: formatSizeAnswer(outcome.size) };
  }
  const extra = {
    ...(evidence === undefined ? {} : { evidence }),
    ...(owed === undefined ? {} : owedMembers(owed)),
  };
  const later = status === 503 ? RETRY_AFTER_SECONDS : retryAfterSeconds;
  const retry = later === undefined ? {} : { retryAfterSeconds: later };
  throw new HttpProblem(status, code, `${detail}.`, { extra, ...retry });
}

function signSubtreeAnswer(answer: SubtreeAnswer): Response {
  if (answer.kind === 'signed') {
    return new Response(answer.lines, { headers: { 'content-type': NOTE_CONTENT_TYPE } });
  }
  const { status, code, detail, evidence } = answer.refusal;
  const extra = evidence === undefined ? {} : { evidence };
  const retry = status === 503 ? { retryAfterSeconds: RETRY_AFTER_SECONDS } : {};
  throw new HttpProblem(status, code, `${detail}.`, { extra, ...retry });
}

/** Members of a problem document, which are plain values. */
function owedMembers({ size, root, sinceMs }: Owed) {
  return { owed_size: size, owed_root: encodeBase64(root), owed_since: sinceMs };
}
