/**
 * Submitting: one entry, a batch of lines, raw bytes. Every answer with an index is durable; every
 * refusal says what is wrong and leaves nothing behind.
 */
import { concatBytes, encodeUtf8, toHex } from '#protocol/bytes.ts';
import { BYTES_MEDIA_TYPE, type EntryType, JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import type { ServiceContext } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import { type Answer, type DirectRoutes, respond } from '#service/direct-routes.ts';
import type { DescribedRoutes } from '#service/openapi.ts';
import type { Exchange } from '#service/pipeline.ts';
import { HttpProblem, problemBody } from '#service/problem.ts';
import { turnOf } from '#service/turns.ts';
import type { AdmittedEntry } from '../admission.ts';
import type { LogLimits } from '../config.ts';
import type { Sequenced } from '../store/store.ts';
import type { Clients } from './clients.ts';
import type { Submitted } from './openapi/schemas.ts';
import {
  addRoute,
  entriesRoute,
  LINES_MEDIA_TYPE,
  type SubmitQuery,
} from './openapi/submissions.ts';
import { logFrozen, proofPending, toProblem } from './problems.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';
import { submissionOrigins } from './submission-origins.ts';

export interface SubmitOptions {
  readonly direct: DirectRoutes;
  readonly log: ServedLog;
  /** URL path under which the log is served. */
  readonly prefix: string;
  readonly limits: LogLimits;
  readonly clients: Clients;
  /** Origins whose pages may submit. */
  readonly origins: readonly string[];
  /** Where the list of shards is, if there is one. */
  readonly shardsPath: string | undefined;
}

/** For each begun so many, a body counts as one submission: parsing takes time by its bytes. */
const BYTES_OF_A_SUBMISSION = 8192;
const NEWLINE = 10;
const NEWLINE_BYTES = Uint8Array.of(NEWLINE);
const WAIT_FOR_PROOF = 'wait=proof';
/** Of the answer to a batch, of which no more is in memory but one line. */
const PIECE_LENGTH = 64 * 1024;

/** A submission, and the checkpoint under which it can be proven. */
interface Covered {
  readonly submitted: Submitted;
  readonly published: PublishedCheckpoint;
}

/** Makes a line of an answer when it is asked for: JSON in UTF-8, without its newline. */
type Line = () => Uint8Array | Promise<Uint8Array>;

export function addSubmitRoutes(routes: DescribedRoutes, options: SubmitOptions): void {
  const { direct, log, prefix, limits, clients, origins, shardsPath } = options;
  const maxBytesOf = submissionSizes(log.types);
  const maxBytesAdded = maxBytesOf.get(BYTES_MEDIA_TYPE);
  maxBytesOf.delete(BYTES_MEDIA_TYPE);

  /** Reads a body and works on it, within the budget for all bodies. */
  async function withBody<T>(
    exchange: Exchange,
    maxBytes: number,
    work: (body: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const { incoming } = exchange;
    const declared = Number(incoming.headers['content-length'] ?? maxBytes);
    const release = clients.holdBody(exchange, Math.min(declared, maxBytes));
    try {
      return await work(await readBody(incoming, maxBytes));
    } finally {
      release();
    }
  }

  /** Reads one entry and puts it into the log. Throws the 429. */
  function submitBody(exchange: Exchange, maxBytes: number, mediaType: string): Promise<Submitted> {
    clients.chargeSubmissions(exchange, 1);
    return withBody(exchange, maxBytes, async (body) => {
      clients.chargeSubmissions(exchange, costOfBytes(body.length) - 1);
      const entry = await log.admit(body, mediaType);
      const [sequenced] = await log.sequence([entry]);
      return submittedOf(entry, sequenced, shardsPath);
    });
  }

  /** Waits for what covers a submission. Throws the 503 if nothing comes in time. */
  async function covered(submitted: Submitted, cancelled: AbortSignal): Promise<Covered> {
    const { leaf_index: index, leaf_hash, duplicate } = submitted;
    const published = await log.covering(index, limits.wait_ms, cancelled);
    if (published === undefined) throw proofPending({ leaf_index: index, leaf_hash, duplicate });
    return { submitted, published };
  }

  /** One checkpoint ends the wait of thousands, so the proofs of each client take turns. */
  async function proofParts(exchange: Exchange, { submitted, published }: Covered) {
    await turnOf(exchange.incoming.socket);
    return await log.proofParts(submitted.leaf_index, published);
  }

  /** The submission as JSON with its proof, and what else the answer says. */
  async function proven(exchange: Exchange, done: Covered, more: object = {}): Promise<Uint8Array> {
    const parts = await proofParts(exchange, done);
    return done.published.proofMember({ ...more, ...done.submitted }, parts);
  }

  /**
   * What makes the result of each line, in order; what is wrong with one line is its own result.
   * Indices follow the order of the lines, so a batch may hold a chain of receipts. Proofs are not
   * made before they are asked for: a thousand of them may have hundreds of megabytes.
   */
  async function answerLines(
    exchange: Exchange,
    lines: readonly Uint8Array[],
    cancelled: AbortSignal | undefined,
  ) {
    const admitted = await Promise.allSettled(
      lines.map(async (line) => {
        await turnOf(exchange.incoming.socket);
        return await log.admit(line, JSON_MEDIA_TYPE);
      }),
    );
    const entries = admitted.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const sequenced = await sequenceAll(entries);
    let next = 0;
    const outcomes = admitted.map((it) => (it.status === 'fulfilled' ? sequenced[next++]! : it));
    return await Promise.all(
      outcomes.map(async (outcome): Promise<Line> => {
        try {
          if (outcome.status === 'rejected') throw outcome.reason;
          const submitted = outcome.value;
          if (cancelled === undefined) return () => jsonBytes({ status: 200, ...submitted });
          const done = await covered(submitted, cancelled);
          return () => proven(exchange, done, { status: 200 });
        } catch (error) {
          const problem = problemBody(problemOf(error));
          return () => jsonBytes(problem);
        }
      }),
    );
  }

  /** For each entry what comes of it: all become durable, or none does. A frozen log tells what it has. */
  async function sequenceAll(entries: readonly AdmittedEntry[]) {
    if (entries.length === 0) return [];
    try {
      const sequenced = await log.sequence(entries);
      const submitted = entries.map(async (entry, i) =>
        submittedOf(entry, sequenced[i], shardsPath),
      );
      return await Promise.allSettled(submitted);
    } catch (reason) {
      return entries.map(() => ({ status: 'rejected', reason }) as const);
    }
  }

  async function submitLines(c: ServiceContext, cancelled: AbortSignal | undefined) {
    const exchange = c.env;
    const results = await withBody(exchange, limits.batch_body_bytes, async (body) => {
      const lines = splitLines(body, limits.batch_lines);
      clients.chargeSubmissions(exchange, Math.max(lines.length, costOfBytes(body.length)));
      return await answerLines(exchange, lines, cancelled);
    });
    const body = ReadableStream.from(jsonLines(results));
    return c.body(body, 200, { 'content-type': LINES_MEDIA_TYPE });
  }

  /** Puts one JSON entry into the log. Throws the refusal, or returns a promise that rejects with it. */
  async function submitEntry(exchange: Exchange, mediaType: string, wait: Wait): Promise<Answer> {
    const maxBytes = maxBytesOf.get(mediaType) ?? refuseType(expectedTypes(maxBytesOf));
    log.checkTakesEntries();
    const cancelled = waitSignal(exchange, wait, log);
    const submitted = await submitBody(exchange, maxBytes, mediaType);
    if (cancelled === undefined) return json(JSON.stringify(submitted));
    return json(await proven(exchange, await covered(submitted, cancelled)));
  }

  /** Puts raw bytes into the log. */
  async function addBytes(exchange: Exchange, maxBytes: number, wait: Wait): Promise<Answer> {
    if (mediaTypeOf(exchange) !== BYTES_MEDIA_TYPE) {
      return refuseType('Send the entry as application/octet-stream.');
    }
    log.checkTakesEntries();
    const cancelled = waitSignal(exchange, wait, log);
    const submitted = await submitBody(exchange, maxBytes, BYTES_MEDIA_TYPE);
    if (cancelled === undefined) return text(String(submitted.leaf_index));
    const done = await covered(submitted, cancelled);
    return text(done.published.proof(await proofParts(exchange, done)));
  }

  const pages = submissionOrigins(origins);
  routes.use('/v1/log/entries', pages.middleware);
  routes.openapi(entriesRoute(log.types), async (c) => {
    if (maxBytesOf.size === 0) refuseType('This log takes no JSON entries.');
    const mediaType = mediaTypeOf(c.env);
    const { wait } = c.req.valid('query');
    if (mediaType === LINES_MEDIA_TYPE && maxBytesOf.has(JSON_MEDIA_TYPE)) {
      log.checkTakesEntries();
      return await submitLines(c, waitSignal(c.env, wait, log));
    }
    return respond(c, await submitEntry(c.env, mediaType, wait));
  });
  direct.add('POST', `${prefix}/v1/log/entries`, ({ exchange, query }) => {
    const mediaType = mediaTypeOf(exchange);
    if (!isPlainQuery(query) || !maxBytesOf.has(mediaType)) return undefined;
    pages.check(exchange);
    return submitEntry(exchange, mediaType, waitOf(query));
  });

  if (maxBytesAdded !== undefined) {
    routes.use('/add', pages.middleware);
    routes.openapi(addRoute(log.types), async (c) =>
      respond(c, await addBytes(c.env, maxBytesAdded, c.req.valid('query').wait)),
    );
    direct.add('POST', `${prefix}/add`, ({ exchange, query }) => {
      if (!isPlainQuery(query)) return undefined;
      pages.check(exchange);
      return addBytes(exchange, maxBytesAdded, waitOf(query));
    });
  }
}

type Wait = SubmitQuery['wait'];

/** Whether this is one of the two queries that nearly all have. */
function isPlainQuery(query: string): boolean {
  return query === '' || query === WAIT_FOR_PROOF;
}

function waitOf(query: string): Wait {
  return query === WAIT_FOR_PROOF ? 'proof' : undefined;
}

function json(body: string | Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function jsonBytes(value: object): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

function text(body: string | Uint8Array): Answer {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=UTF-8' }, body };
}

/** The largest body of each media type: that of the largest submission of its types. */
function submissionSizes(types: readonly EntryType[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { mediaType, maxSubmissionBytes } of types) {
    sizes.set(mediaType, Math.max(maxSubmissionBytes, sizes.get(mediaType) ?? 0));
  }
  return sizes;
}

function expectedTypes(known: ReadonlyMap<string, number>): string {
  const one = `Send ${[...known.keys()].join(' or ')} for one entry`;
  return known.has(JSON_MEDIA_TYPE) ? `${one}, ${LINES_MEDIA_TYPE} for many.` : `${one}.`;
}

/** Lines in pieces for the network, each made when the client has taken those before it. */
async function* jsonLines(results: readonly Line[]): AsyncGenerator<Uint8Array> {
  let piece: Uint8Array[] = [];
  let length = 0;
  for (const result of results) {
    const line = await result();
    piece.push(line, NEWLINE_BYTES);
    length += line.length + NEWLINE_BYTES.length;
    if (length < PIECE_LENGTH) continue;
    yield concatBytes(...piece);
    piece = [];
    length = 0;
  }
  if (length > 0) yield concatBytes(...piece);
}

/** Throws the 410 for what a frozen log has not. */
function submittedOf(
  { leafHash, warnings }: AdmittedEntry,
  sequenced: Sequenced | undefined,
  shardsPath: string | undefined,
): Submitted {
  if (sequenced === undefined) throw logFrozen(shardsPath);
  const { index, duplicate } = sequenced;
  const submitted = { leaf_index: index, leaf_hash: toHex(leafHash), duplicate };
  return warnings.length === 0 ? submitted : { ...submitted, warnings };
}

/** How many submissions of one entry a body counts as. */
function costOfBytes(length: number): number {
  return Math.max(1, Math.ceil(length / BYTES_OF_A_SUBMISSION));
}

/** Rethrows what is a failure of ours. */
function problemOf(error: unknown): HttpProblem {
  const problem = error instanceof HttpProblem ? error : toProblem(error);
  if (problem === undefined) throw error;
  return problem;
}

function refuseType(detail: string): never {
  throw new HttpProblem(415, 'unsupported-media-type', detail, { field: 'content-type' });
}

function mediaTypeOf({ incoming }: Exchange): string {
  const header = incoming.headers['content-type'] ?? '';
  if (header === JSON_MEDIA_TYPE) return header;
  return header.split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * For `?wait=proof`, a signal that is aborted when the client goes away. Throws the 503 when too many
 * wait already.
 */
function waitSignal(
  { outgoing }: Exchange,
  wait: Wait,
  { waiters }: ServedLog,
): AbortSignal | undefined {
  if (wait === undefined) return undefined;
  waiters.checkRoom();
  const gone = new AbortController();
  // Nobody waits any more where it was answered.
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  return gone.signal;
}

/** Lines without their newlines; the newline after the last one may be missing. */
function splitLines(body: Uint8Array, maxLines: number): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let start = 0;
  while (start < body.length) {
    const newline = body.indexOf(NEWLINE, start);
    const end = newline < 0 ? body.length : newline;
    if (lines.length === maxLines) {
      const detail = `A batch has at most ${maxLines} lines. Nothing was added.`;
      throw new HttpProblem(413, 'E-SIZE-001', detail);
    }
    lines.push(body.subarray(start, end));
    start = end + 1;
  }
  return lines;
}
