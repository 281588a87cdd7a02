/**
 * Submitting: one entry, a batch of lines, raw bytes. Every answer with an index is durable; every
 * refusal says what is wrong and leaves nothing behind.
 */
import { Hono } from 'hono';
import { toHex } from '#protocol/bytes.ts';
import type { EntryType } from '#protocol/entry/entry-type.ts';
import { MAX_ENTRY_BYTES } from '#protocol/merkle/tiles.ts';
import { MAX_RECEIPT_BYTES, MAX_RECEIPT_ENTRY_BYTES } from '#protocol/receipt/types.ts';
import type { ServiceContext, ServiceEnv } from '#service/app.ts';
import { readBody } from '#service/body.ts';
import { HttpProblem, problemBody } from '#service/problem.ts';
import { checkRate, clientAddress, RateLimiter } from '#service/rate-limit.ts';
import type { LogLimits } from '../config.ts';
import type { Submitted, TransparencyLog } from '../log.ts';
import { ByteBudget } from './byte-budget.ts';
import { proofPending, toProblem } from './problems.ts';

export interface SubmitOptions {
  readonly log: TransparencyLog;
  readonly limits: LogLimits;
  readonly trustProxy: boolean;
}

/** A submission may carry an old proof. It costs one more of the client's rate for each so many bytes. */
const MAX_JSON_BODY_BYTES = MAX_RECEIPT_BYTES;
const BYTES_PER_SUBMISSION = MAX_RECEIPT_ENTRY_BYTES;
/** All bodies in memory at the same time. */
const MAX_BODY_BYTES_HELD = 256 * 1024 * 1024;
const NEWLINE = 10;

interface SubmittedJson {
  readonly leaf_index: number;
  readonly leaf_hash: string;
  readonly duplicate: boolean;
}

export function submitRoutes({ log, limits, trustProxy }: SubmitOptions) {
  const routes = new Hono<ServiceEnv>();
  const limiter = new RateLimiter({
    ratePerSecond: limits.submissions.per_second,
    burst: limits.submissions.burst,
  });
  const bodies = new ByteBudget(MAX_BODY_BYTES_HELD);
  const jsonType = log.types.find(({ mediaType }) => mediaType === 'application/json');
  const opaque = log.types.find(({ name }) => name === 'opaque');

  /** Reads a body and works on it, within the budget for all bodies. */
  async function withBody<T>(
    c: ServiceContext,
    maxBytes: number,
    work: (body: Uint8Array) => Promise<T>,
  ): Promise<T> {
    const declared = Number(c.env.incoming.headers['content-length'] ?? maxBytes);
    const client = clientAddress(c.env.incoming, trustProxy);
    const done = await bodies.spend(client, Math.min(declared, maxBytes), async () => ({
      result: await work(await readBody(c.env.incoming, maxBytes)),
    }));
    if (done !== undefined) return done.result;
    const detail = 'Too many large submissions at once. Try again.';
    throw new HttpProblem(503, 'overloaded', detail, { retryAfterSeconds: 1 });
  }

  /** The answer to a submission, with its proof if that is waited for. */
  async function answer(submitted: Submitted, cancelled: AbortSignal | undefined) {
    const { index, leafHash, duplicate } = submitted;
    const json: SubmittedJson = { leaf_index: index, leaf_hash: toHex(leafHash), duplicate };
    if (cancelled === undefined) return json;
    const published = await log.covering(index, limits.wait_ms, cancelled);
    if (published === undefined) throw proofPending(json);
    return { ...json, proof: await log.proof(index, published) };
  }

  /**
   * The result of each line, in order; what is wrong with one line is its own result. Indices follow
   * the order of the lines, so a batch may hold a chain of receipts.
   */
  async function answerLines(
    lines: readonly Uint8Array[],
    type: EntryType,
    cancelled: AbortSignal | undefined,
  ) {
    const admitted = await Promise.allSettled(lines.map((line) => log.admit(line, type)));
    return await Promise.all(
      admitted.map(async (outcome) => {
        try {
          if (outcome.status === 'rejected') throw outcome.reason;
          return { status: 200, ...(await answer(await log.sequence(outcome.value), cancelled)) };
        } catch (error) {
          return problemBody(problemOf(error));
        }
      }),
    );
  }

  routes.post('/v1/log/entries', async (c) => {
    const type = jsonType ?? refuseType('This log takes no JSON entries.');
    const cancelled = waitSignal(c);
    if (cancelled !== undefined) log.waiters.checkRoom();
    switch (mediaTypeOf(c)) {
      case 'application/json': {
        checkRate(limiter, c.env.incoming, trustProxy);
        const submitted = await withBody(c, MAX_JSON_BODY_BYTES, (body) => {
          checkRate(limiter, c.env.incoming, trustProxy, costOfBytes(body) - 1);
          return log.submit(body, type);
        });
        return c.json(await answer(submitted, cancelled));
      }
      case 'application/x-ndjson': {
        const results = await withBody(c, limits.batch_body_bytes, async (body) => {
          const lines = splitLines(body, limits.batch_lines);
          const cost = Math.max(lines.length, costOfBytes(body));
          checkRate(limiter, c.env.incoming, trustProxy, cost);
          return await answerLines(lines, type, cancelled);
        });
        const text = results.map((result) => `${JSON.stringify(result)}\n`).join('');
        return c.body(text, 200, { 'content-type': 'application/x-ndjson' });
      }
      default:
        return refuseType('Send application/json for one entry, application/x-ndjson for many.');
    }
  });

  if (opaque !== undefined) {
    routes.post('/add', async (c) => {
      checkRate(limiter, c.env.incoming, trustProxy);
      const { index } = await withBody(c, MAX_ENTRY_BYTES, (body) => log.submit(body, opaque));
      return c.text(String(index));
    });
  }
  return routes;
}

/** How many submissions of one entry a body counts as: parsing takes time by its bytes. */
function costOfBytes({ length }: Uint8Array): number {
  return Math.max(1, Math.ceil(length / BYTES_PER_SUBMISSION));
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

/** For `?wait=proof`, a signal that is aborted when the client goes away. */
function waitSignal(c: ServiceContext): AbortSignal | undefined {
  const wait = c.req.query('wait');
  if (wait === undefined) return undefined;
  if (wait !== 'proof') {
    throw new HttpProblem(400, 'bad-request', 'expected wait=proof', { field: 'wait' });
  }
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
