/**
 * Submitting: one entry, a batch of lines, raw bytes. Every answer with an index is durable; every
 * refusal says what is wrong and leaves nothing behind.
 */
import { encodeUtf8, toHex } from '#protocol/bytes.ts';
import { BYTES_MEDIA_TYPE, type EntryType, JSON_MEDIA_TYPE } from '#protocol/entry/entry-type.ts';
import type { ServiceContext } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import type { DescribedRoutes } from '#service/openapi.ts';
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
import { proofPending, toProblem } from './problems.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ServedLog } from './served-log.ts';
import { submissionOrigins } from './submission-origins.ts';

export interface SubmitOptions {
  readonly log: ServedLog;
  readonly limits: LogLimits;
  readonly clients: Clients;
  /** Origins whose pages may submit. */
  readonly origins: readonly string[];
}

/** For each begun so many, a body counts as one submission: parsing takes time by its bytes. */
const BYTES_OF_A_SUBMISSION = 8192;
const NEWLINE = 10;
/** Of the answer to a batch, of which no more is in memory but one line. */
const PIECE_LENGTH = 64 * 1024;

/** A submission, and the checkpoint under which it can be proven. */
interface Covered {
  readonly submitted: Submitted;
  readonly published: PublishedCheckpoint;
}

export function addSubmitRoutes(routes: DescribedRoutes, options: SubmitOptions): void {
  const { log, limits, clients, origins } = options;
  const maxBytesOf = submissionSizes(log.types);
  const maxBytesAdded = maxBytesOf.get(BYTES_MEDIA_TYPE);
  maxBytesOf.delete(BYTES_MEDIA_TYPE);

  /** Reads a body and works on it, within the budget for all bodies. */
  async function withBody<T>(
    c: ServiceContext,
    maxBytes: number,
    work: (body: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const declared = Number(c.env.incoming.headers['content-length'] ?? maxBytes);
    return await clients.withBodyRoom(c, Math.min(declared, maxBytes), async () =>
      work(await readBody(c.env.incoming, maxBytes)),
    );
  }

  /** Reads one entry and puts it into the log. */
  async function submitBody(c: ServiceContext, maxBytes: number, mediaType: string) {
    clients.chargeSubmissions(c, 1);
    return await withBody(c, maxBytes, async (body) => {
      clients.chargeSubmissions(c, costOfBytes(body.length) - 1);
      const entry = await log.admit(body, mediaType);
      const [sequenced] = await log.sequence([entry]);
      return submittedOf(entry, sequenced!);
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
  async function proofOf(c: ServiceContext, { submitted, published }: Covered): Promise<string> {
    await turnOf(c.env.incoming.socket);
    return await log.proof(submitted.leaf_index, published);
  }

  /**
   * What makes the result of each line, in order; what is wrong with one line is its own result.
   * Indices follow the order of the lines, so a batch may hold a chain of receipts. Proofs are not
   * made before they are asked for: a thousand of them may have hundreds of megabytes.
   */
  async function answerLines(
    c: ServiceContext,
    lines: readonly Uint8Array[],
    cancelled: AbortSignal | undefined,
  ) {
    const admitted = await Promise.allSettled(
      lines.map(async (line) => {
        await turnOf(c.env.incoming.socket);
        return await log.admit(line, JSON_MEDIA_TYPE);
      }),
    );
    const entries = admitted.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
    const sequenced = await sequenceAll(entries);
    let next = 0;
    const outcomes = admitted.map((it) => (it.status === 'fulfilled' ? sequenced[next++]! : it));
    return await Promise.all(
      outcomes.map(async (outcome): Promise<() => object | Promise<object>> => {
        try {
          if (outcome.status === 'rejected') throw outcome.reason;
          const submitted = outcome.value;
          if (cancelled === undefined) return () => ({ status: 200, ...submitted });
          const done = await covered(submitted, cancelled);
          return async () => ({ status: 200, ...submitted, proof: await proofOf(c, done) });
        } catch (error) {
          const problem = problemBody(problemOf(error));
          return () => problem;
        }
      }),
    );
  }

  /** For each entry what comes of it: all become durable, or none does. */
  async function sequenceAll(entries: readonly AdmittedEntry[]) {
    if (entries.length === 0) return [];
    try {
      const sequenced = await log.sequence(entries);
      return entries.map((entry, i) => {
        return { status: 'fulfilled', value: submittedOf(entry, sequenced[i]!) } as const;
      });
    } catch (reason) {
      return entries.map(() => ({ status: 'rejected', reason }) as const);
    }
  }

  async function submitLines(c: ServiceContext, cancelled: AbortSignal | undefined) {
    const results = await withBody(c, limits.batch_body_bytes, async (body) => {
      const lines = splitLines(body, limits.batch_lines);
      clients.chargeSubmissions(c, Math.max(lines.length, costOfBytes(body.length)));
      return await answerLines(c, lines, cancelled);
    });
    const body = ReadableStream.from(jsonLines(results));
    return c.body(body, 200, { 'content-type': LINES_MEDIA_TYPE });
  }

  const checkOrigin = submissionOrigins(origins);
  routes.use('/v1/log/entries', checkOrigin);
  routes.openapi(entriesRoute(log.types), async (c) => {
    if (maxBytesOf.size === 0) refuseType('This log takes no JSON entries.');
    log.checkTakesEntries();
    const mediaType = mediaTypeOf(c);
    const cancelled = waitSignal(c, c.req.valid('query'), log);
    if (mediaType === LINES_MEDIA_TYPE && maxBytesOf.has(JSON_MEDIA_TYPE)) {
      return await submitLines(c, cancelled);
    }
    const maxBytes = maxBytesOf.get(mediaType) ?? refuseType(expectedTypes(maxBytesOf));
    const submitted = await submitBody(c, maxBytes, mediaType);
    if (cancelled === undefined) return c.json(submitted);
    const proof = await proofOf(c, await covered(submitted, cancelled));
    return c.json({ ...submitted, proof });
  });

  if (maxBytesAdded !== undefined) {
    routes.use('/add', checkOrigin);
    routes.openapi(addRoute(log.types), async (c) => {
      if (mediaTypeOf(c) !== BYTES_MEDIA_TYPE) {
        return refuseType('Send the entry as application/octet-stream.');
      }
      log.checkTakesEntries();
      const cancelled = waitSignal(c, c.req.valid('query'), log);
      const submitted = await submitBody(c, maxBytesAdded, BYTES_MEDIA_TYPE);
      if (cancelled === undefined) return c.text(String(submitted.leaf_index));
      return c.text(await proofOf(c, await covered(submitted, cancelled)));
    });
  }
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
async function* jsonLines(
  results: readonly (() => object | Promise<object>)[],
): AsyncGenerator<Uint8Array> {
  let piece = '';
  for (const result of results) {
    piece += `${JSON.stringify(await result())}\n`;
    if (piece.length < PIECE_LENGTH) continue;
    yield encodeUtf8(piece);
    piece = '';
  }
  if (piece !== '') yield encodeUtf8(piece);
}

function submittedOf(
  { leafHash, warnings }: AdmittedEntry,
  { index, duplicate }: Sequenced,
): Submitted {
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

function mediaTypeOf(c: ServiceContext): string {
  const header = c.env.incoming.headers['content-type'] ?? '';
  return header.split(';', 1)[0]!.trim().toLowerCase();
}

/**
 * For `?wait=proof`, a signal that is aborted when the client goes away. Throws the 503 when too many
 * wait already.
 */
function waitSignal(
  c: ServiceContext,
  { wait }: SubmitQuery,
  { waiters }: ServedLog,
): AbortSignal | undefined {
  if (wait === undefined) return undefined;
  waiters.checkRoom();
  const gone = new AbortController();
  c.env.outgoing.once('close', () => gone.abort());
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
