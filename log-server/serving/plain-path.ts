/**
 * One spelling for each path of a log. No path of it needs escapes or dots to go up, so one that has
 * them is another name of something cacheable, and is not there.
 */
import type { MiddlewareHandler } from 'hono';
import type { ServiceEnv } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';

/** For every route of a log. */
export const plainPath: MiddlewareHandler<ServiceEnv> = async (c, next) => {
  const target = c.env.incoming.url ?? '';
  // Whoever asks as of a proxy names the whole URL.
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').replace(/[?#].*$/s, '');
  if (path !== c.req.path || path.includes('%')) {
    throw new HttpProblem(404, 'not-found', 'There is nothing under this spelling of the path.');
  }
  await next();
};
