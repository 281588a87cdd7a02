/** The page at the log's own URL: for browsers alone, as programs get what they always got there, which is nothing. */
import { openWithPolicy } from '#protocol/policy/policy.ts';
import type { DescribedRoutes } from '#service/openapi.ts';
import { prefersHtml } from '#service/page/negotiate.ts';
import { answerPage } from '#service/page/page.ts';
import { HttpProblem } from '#service/problem.ts';
import { READ_COSTS } from './clients.ts';
import { oncePer } from './facts.ts';
import { homePage } from './home-page.ts';
import { homeRoute } from './openapi/reads.ts';
import type { PublishedCheckpoint } from './published-checkpoint.ts';
import type { ReadRouteOptions } from './tile-routes.ts';

/** `explorer` is the URL prefix of one that follows the log. */
export function addHomeRoute(
  routes: DescribedRoutes,
  options: ReadRouteOptions,
  explorer: string | undefined,
): void {
  const { log, prefix: path, clients } = options;
  const { key, policy, types } = log;
  const opened = oncePer(({ note }: PublishedCheckpoint) => openWithPolicy(note, policy));
  const ownUrl = policy.logs.find(({ key: { text } }) => text === key.text)?.url;

  routes.openapi(homeRoute, async (c) => {
    // On Node's response, as a refusal has it, too.
    c.env.outgoing.setHeader('vary', 'Accept');
    if (!prefersHtml(c.req.header('accept'))) {
      throw new HttpProblem(404, 'not-found', 'There is nothing here.');
    }
    clients.chargeRead(c.env, READ_COSTS.page);
    await log.catchUp();
    const { published, standing } = log;
    const { isFrozen, trouble } = standing;
    const url = ownUrl ?? `${new URL(c.req.url).origin}${path}`;
    const page = homePage({
      key,
      policy,
      types,
      url,
      explorer,
      path,
      published: published && opened(published),
      isFrozen,
      trouble,
      nowMs: Date.now(),
    });
    return answerPage(c, page);
  });
}
