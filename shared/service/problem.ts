/**
 * Errors that are answers: this request is wrong, or cannot be served now (RFC 9457).
 *
 * A handler throws an `HttpProblem`; the application renders it. `detail` goes to the client, so
 * it never holds a stack trace, a path or a secret.
 */
import { STATUS_CODES } from 'node:http';

export interface ProblemOptions {
  /** The member or parameter that is wrong. */
  field?: string | undefined;
  /** Sent as Retry-After, rounded up to whole seconds. */
  retryAfterSeconds?: number | undefined;
  /** Further members of the body, such as the index a client should keep. */
  extra?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** What went wrong underneath: for the log only. */
  cause?: unknown;
}

export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  /** Stable, for programs: a protocol code such as `E-SIG-002`, or a word such as `not-found`. */
  readonly code: string;
  readonly field: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly extra: Readonly<Record<string, string | number | boolean>> | undefined;

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.code = code;
    this.field = options.field;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.extra = options.extra;
  }
}

/** The JSON body; also what one line of a batch answer carries. */
export function problemBody(problem: HttpProblem): Record<string, string | number | boolean> {
  return {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    code: problem.code,
    detail: problem.message,
    ...(problem.field === undefined ? {} : { field: problem.field }),
    ...problem.extra,
  };
}

export function problemHeaders(problem: HttpProblem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (problem.status >= 400) headers['cache-control'] = 'no-store';
  if (problem.retryAfterSeconds !== undefined) {
    headers['retry-after'] = String(Math.max(1, Math.ceil(problem.retryAfterSeconds)));
  }
  return headers;
}

export function problemResponse(problem: HttpProblem): Response {
  const body = JSON.stringify(problemBody(problem));
  return new Response(body, { status: problem.status, headers: problemHeaders(problem) });
}
