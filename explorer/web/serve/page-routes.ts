/**
 * The pages of the explorer for people: each URL is rendered on the server and works without scripts, and is then
 * taken over by the app in the browser, whose files are here, too.
 */
import { ServerResponse } from 'node:http';
import type { ServiceApp, ServiceContext } from '#service/app.ts';
import { limitRate } from '#service/app.ts';
import { prefersHtml } from '#service/page/negotiate.ts';
import { HttpProblem, type problemBody } from '#service/problem.ts';
import type { RateLimiter } from '#service/rate-limit.ts';
import { COSTS, type Spending } from '../../api/costs.ts';
import type { Asset, BuiltApp } from './built-app.ts';
import { renderDocument, renderRefusal } from './document.ts';
import { encodedAnswer, encodingOf } from './encoding.ts';

export interface PageOptions {
  readonly webApp: BuiltApp;
  /** What each client may ask. A page asks the API for its client, which takes what that costs. */
  readonly limiter: RateLimiter;
  readonly trustProxy: boolean;
  /** Of the API: what waits for a client counts together, whether it is JSON or a page. */
  readonly spending: Spending;
}

const PATHS = [
  '/',
  '/search',
  '/entry/:index',
  '/log',
  '/compare',
  '/check',
  '/policy',
  '/alerts',
  '/about',
];

/** Nothing from elsewhere, nothing inline, and no string becomes markup or a script. */
const SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const SECURITY_HEADERS = {
  'content-security-policy': SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'x-content-type-options': 'nosniff',
};
const HTML_HEADERS = {
  ...SECURITY_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
};
/** Statuses of requests that may be sent again as they are. */
const TRY_AGAIN: readonly number[] = [429, 503];
const PROBLEM_TYPE = 'application/problem+json';
const IMMUTABLE = 'public, max-age=31536000, immutable';

export function addPageRoutes(app: ServiceApp, options: PageOptions): void {
  const { limiter, trustProxy, webApp } = options;
  const limited = limitRate(limiter, trustProxy);
  app.use(async (c, next) => {
    await next();
    // What is nobody's path, or cannot be had now, is a page to people, and stays a problem document to programs.
    const { status, headers } = c.res;
    if (c.req.method !== 'GET' || headers.get('content-type') !== PROBLEM_TYPE) return;
    if (!prefersHtml(c.req.header('accept'))) return;
    if (status === 404) c.res = await answerPage(c, app, options);
    else if (TRY_AGAIN.includes(status)) c.res = await answerRefusal(c, webApp);
  });
  for (const path of PATHS) app.get(path, limited, (c) => answerPage(c, app, options));
  app.get('/assets/:name', limited, (c) => {
    const asset = webApp.assets.get(c.req.param('name'));
    if (asset === undefined) throw new HttpProblem(404, 'not-found', 'There is no such file.');
    return answerAsset(c, asset);
  });
  app.get('/licenses.txt', limited, (c) =>
    encodedAnswer(c, 200, Buffer.from(webApp.licenses), {
      ...SECURITY_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-cache',
    }),
  );
}

async function answerPage(
  c: ServiceContext,
  app: ServiceApp,
  { webApp, spending }: PageOptions,
): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const { server, styles, script, modulesOf } = webApp;
  const get = (path: string) => askApi(c, app, path, server.ApiProblem);
  const answer = await server.answerPage(pathname + search, get).catch(rethrow(server));
  if ('redirect' in answer) {
    const headers = { ...SECURITY_HEADERS, location: answer.redirect, 'cache-control': 'no-store' };
    return new Response(null, { status: 303, headers });
  }
  const { status, page, title, markup, answers } = answer;
  const modules = modulesOf(page);
  const text = renderDocument({ title, markup, answers, styles, script, modules });
  const bytes = Buffer.from(text);
  spending.charge(c, COSTS.pageByte * bytes.length);
  spending.hold(c, bytes.length);
  return await encodedAnswer(c, status, bytes, HTML_HEADERS);
}

/** In place of the problem document that the request has got; asks the API nothing, as that would be refused, too. */
async function answerRefusal(c: ServiceContext, { styles }: BuiltApp): Promise<Response> {
  const { detail } = (await c.res.json()) as ReturnType<typeof problemBody>;
  const bytes = Buffer.from(renderRefusal(`${detail}`, styles));
  return await encodedAnswer(c, c.res.status, bytes, HTML_HEADERS);
}

/**
 * What the API answers the same client, in this process: what it would set on the answer is the API's own. It is told
 * when its answer has been read, as by a connection, for it counts the bytes that wait for each client.
 */
async function askApi(
  c: ServiceContext,
  app: ServiceApp,
  path: string,
  Problem: BuiltApp['server']['ApiProblem'],
): Promise<unknown> {
  const { incoming } = c.env;
  const request = new Request(`http://localhost${path}`);
  const outgoing = new ServerResponse(incoming);
  let response: Response;
  let body: unknown;
  try {
    response = await app.fetch(request, { incoming, outgoing });
    body = await response.json();
  } finally {
    outgoing.emit('close');
  }
  if (response.ok) return body;
  const { code, detail } = body as ReturnType<typeof problemBody>;
  throw new Problem(response.status, `${code}`, `${detail}`);
}

/** Where not even the logs can be told, there is no page. */
function rethrow({ ApiProblem }: BuiltApp['server']) {
  return (error: unknown): never => {
    if (!(error instanceof ApiProblem)) throw error;
    throw new HttpProblem(error.status, error.code, error.message);
  };
}

function answerAsset(c: ServiceContext, asset: Asset): Response {
  const encoding = encodingOf(c.req.header('accept-encoding'));
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    'content-type': asset.type,
    'cache-control': IMMUTABLE,
    vary: 'Accept-Encoding',
    ...(encoding !== 'plain' && { 'content-encoding': encoding }),
  };
  return new Response(asset[encoding], { headers });
}
