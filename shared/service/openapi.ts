/**
 * Routes that describe themselves in OpenAPI 3.1.
 *
 * A route is registered with its definition, by `routes.openapi(createRoute(...), handler)`. The
 * document of a server is made from these definitions, and its parameters are checked by the schemas
 * in them, so it cannot say anything else than the server does. Bodies of requests are never read
 * here: they are bytes with limits of their own (`body.ts`), and are described by raw schemas.
 */
import { OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import type { Handler } from 'hono';
import { parseDecimal } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { HttpProblem } from './problem.ts';
import type { ServiceEnv } from './service-env.ts';

export { createRoute, z } from '@hono/zod-openapi';

export type DescribedRoutes = OpenAPIHono<ServiceEnv>;
export type Responses = RouteConfig['responses'];
type Schema = z.ZodType | Readonly<Record<string, unknown>>;

export const TEXT = { type: 'string' } as const;
export const BYTES = { type: 'string', format: 'binary' } as const;

/** `problemMembers` are those that problem documents have here beyond those of all servers. */
export function describedRoutes(problemMembers: z.ZodRawShape = {}): DescribedRoutes {
  const routes = new OpenAPIHono<ServiceEnv>({ defaultHook: refuseParameter });
  const problemSchema = z.strictObject({ ...PROBLEM, ...problemMembers });
  routes.openAPIRegistry.register('Problem', problemSchema);
  return routes;
}

/**
 * Registers a route that reads its parameters by itself: on a hot path, or where a pattern of hono's
 * is no template of OpenAPI.
 */
export function describeHandler(
  routes: DescribedRoutes,
  definition: RouteConfig,
  pattern: string,
  handler: Handler<ServiceEnv>,
): void {
  routes.openAPIRegistry.registerPath(definition);
  routes.on(definition.method, pattern, handler);
}

export interface DocumentInfo {
  readonly title: string;
  readonly description: string;
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  /** URL path under which the routes are. */
  readonly prefix?: string;
  /** Routes of the process that are not under that prefix. */
  readonly others?: readonly RouteConfig[];
}

/**
 * Adds `/openapi.json`, which describes all routes that were added before, and itself. It is written when somebody
 * asks for it first: that takes as long as much of a start.
 */
export function serveDocument(routes: DescribedRoutes, info: DocumentInfo): void {
  const { title, description, tags, prefix = '', others = [] } = info;
  let text: string | undefined;
  routes.openapi(documentRoute, (c) => {
    text ??= JSON.stringify(write());
    return c.body(text, 200, { 'content-type': 'application/json' });
  });
  for (const other of others) routes.openAPIRegistry.registerPath(other);
  const write = () =>
    routes.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title,
        version: '0.1.0',
        description,
        license: LICENSE,
      },
      servers: [{ url: prefix === '' ? '/' : prefix }],
      tags: [...tags],
    });
}

/** The answers of an operation: those given, and what every operation may be refused with. */
export function answers(responses: Responses): Responses {
  const content = { 'application/problem+json': { schema: PROBLEM_REF } };
  const description =
    'Any other refusal: 400 of a request that is not one, 500 of a defect. The same for all paths.';
  return { ...responses, default: { description, headers: REQUEST_ID, content } };
}

/** One answer, with the schema of its body for each media type that it may have. */
export function answer(
  description: string,
  content: Readonly<Record<string, Schema>>,
  headers: Readonly<Record<string, object>> = {},
) {
  const described = Object.entries(content).map(([type, schema]) => [type, { schema }]);
  return {
    description,
    headers: { ...REQUEST_ID, ...headers },
    content: Object.fromEntries(described),
  };
}

/** An error answer, and the codes that it may carry. */
export function problem(description: string, codes: readonly string[], retries = false) {
  const schema = { allOf: [PROBLEM_REF, { properties: { code: { enum: codes } } }] };
  const headers = retries ? { 'Retry-After': header('Seconds to wait before another try.') } : {};
  return answer(description, { 'application/problem+json': schema }, headers);
}

const header = (description: string) => ({
  description,
  schema: { type: 'string' as const },
});

/** The library's types are those of OpenAPI 3.0, which has no identifier. */
const LICENSE = { name: 'Apache-2.0', identifier: 'Apache-2.0' };
const PROBLEM_REF = { $ref: '#/components/schemas/Problem' };
const REQUEST_ID = { 'X-Request-Id': header('Names this request in the server’s log.') };

export const TOO_MANY = problem('Too many requests of this client.', ['rate-limited'], true);
export const BAD_REQUEST = problem('A parameter is missing or malformed; `field` names it.', [
  'bad-request',
]);

export const CACHED = {
  ETag: header('Changes when the content does.'),
  'Cache-Control': header('How long caches may keep the answer.'),
};
export const NOT_MODIFIED = { description: 'The client has it already.', headers: CACHED };

const SAFE_INTEGER = { type: 'integer' as const, minimum: 0, maximum: Number.MAX_SAFE_INTEGER };

/** A size or an index in an answer. */
export const sizeSchema = z.int().min(0).openapi(SAFE_INTEGER);

/** Where a page for people begins in its list. */
export const fromParameter = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,5})$/, 'Expected an integer from 0.')
  .transform(Number)
  .default(0)
  .openapi({ type: 'integer', minimum: 0, maximum: 999_999, default: 0 });

/** A size or an index as a parameter: decimal, in its one spelling. */
export const sizeParameter = z
  .string()
  .transform((text, context): number => {
    try {
      return parseDecimal(text);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      context.addIssue(error.message);
      return z.NEVER;
    }
  })
  .openapi(SAFE_INTEGER);

const PROBLEM = {
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  code: z.string().openapi({ description: 'Stable, for programs.' }),
  detail: z.string().openapi({ description: 'For people.' }),
  field: z.string().optional().openapi({ description: 'The member or parameter that is wrong.' }),
};

const documentRoute: RouteConfig = {
  method: 'get',
  path: '/openapi.json',
  summary: 'This document',
  responses: answers({
    200: answer('OpenAPI 3.1.', { 'application/json': { type: 'object' } }),
    429: TOO_MANY,
  }),
};

interface Checked {
  readonly success: boolean;
  readonly data?: unknown;
  readonly error?: z.ZodError;
}

/** A parameter that its schema refuses: the problem names it. */
function refuseParameter({ success, data, error }: Checked): void {
  const issue = error?.issues[0];
  if (success || issue === undefined) return;
  const field = String(issue.path[0]);
  const value = (data as Readonly<Record<string, unknown>>)[field];
  throw new HttpProblem(400, 'bad-request', detailOf(value, issue), { field });
}

/** Two values of one parameter mean that somebody reads the other one. */
function detailOf(value: unknown, { code, message }: z.core.$ZodIssue): string {
  if (Array.isArray(value)) return 'Expected this parameter once.';
  const isMissing = value === undefined && code === 'invalid_type';
  return isMissing ? 'Expected this parameter.' : message;
}
