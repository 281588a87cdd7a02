/**
 * Which web pages may submit: those of configured origins, and nobody else's.
 *
 * A browser asks first (a preflight) before a page of another origin may POST with a content type
 * that no form can send, and those are the only ones that are taken. What a browser says of the
 * origin is checked on the request, too. Programs send no Origin and are not concerned.
 */
import type { MiddlewareHandler } from 'hono';
import type { ServiceEnv } from '#service/app.ts';
import type { Exchange } from '#service/pipeline.ts';
import { HttpProblem } from '#service/problem.ts';

export interface SubmissionOrigins {
  /**
   * Throws the 403 for a page that may not submit, and tells a browser about one that may. Comes before
   * whatever may refuse, so that a page can read the refusal.
   */
  check(exchange: Pick<Exchange, 'incoming' | 'outgoing'>): void;
  /** The same for the routes of the application, and the answer to a browser that asks first. */
  readonly middleware: MiddlewareHandler<ServiceEnv>;
}

/** For the routes that take submissions. */
export function submissionOrigins(configured: readonly string[]): SubmissionOrigins {
  const allowed = new Set(configured);
  const check: SubmissionOrigins['check'] = ({ incoming, outgoing }) => {
    const { origin, host } = incoming.headers;
    if (origin === undefined) return;
    if (!allowed.has(origin) && !isSameOrigin(origin, host)) {
      const detail = 'Pages of this origin may not submit to this log.';
      throw new HttpProblem(403, 'origin-not-allowed', detail, { field: 'origin' });
    }
    outgoing.setHeader('access-control-allow-origin', origin);
    outgoing.setHeader('access-control-expose-headers', 'Retry-After,X-Request-Id');
    outgoing.setHeader('vary', 'Origin');
  };
  const middleware: SubmissionOrigins['middleware'] = async (c, next) => {
    const { incoming, outgoing } = c.env;
    const isPreflight = incoming.method === 'OPTIONS';
    if (incoming.method === 'POST' || isPreflight) check(c.env);
    if (!isPreflight) return await next();
    outgoing.setHeader('allow', 'POST,OPTIONS');
    outgoing.setHeader('access-control-allow-methods', 'POST');
    outgoing.setHeader('access-control-allow-headers', 'content-type,x-request-id');
    outgoing.setHeader('access-control-max-age', '600');
    return c.body(null, 204);
  };
  return { check, middleware };
}

/** Behind a proxy the scheme is not known here; host and port say which page it is. */
function isSameOrigin(origin: string, host: string | undefined): boolean {
  return /^https?:\/\//.test(origin) && origin.slice(origin.indexOf('//') + 2) === host;
}
