/** The evidence that a server holds, over HTTP: the list of it, and each document as it is stored. */
import type { MiddlewareHandler } from 'hono';
import { readCors, type ServiceApp, type ServiceEnv } from '../app.ts';
import { answer, answers, createRoute, problem, TEXT, TOO_MANY, z } from '../openapi.ts';
import { HttpProblem } from '../problem.ts';
import { evidenceItem, evidenceItemSchema } from './evidence-item.ts';
import type { EvidenceReader } from './evidence-table.ts';

/** A line of JSON each. */
const FILE_CONTENT_TYPE = 'application/x-ndjson; charset=utf-8';

export const EVIDENCE_TAG = {
  name: 'evidence',
  description: 'Contradictions that prove themselves.',
};

const listRoute = createRoute({
  method: 'get',
  path: '/evidence',
  tags: ['evidence'],
  summary: 'What evidence is held',
  responses: answers({
    200: answer('The list, oldest first.', { 'application/json': z.array(evidenceItemSchema) }),
    429: TOO_MANY,
  }),
});

const documentRoute = createRoute({
  method: 'get',
  path: '/evidence/{id}',
  tags: ['evidence'],
  summary: 'A document that proves a contradiction, offline',
  request: {
    params: z.object({ id: z.string().openapi({ description: 'As in the list.' }) }),
  },
  responses: answers({
    200: answer('tecp-evidence/v1; never changes.', { 'application/json': { type: 'object' } }),
    404: problem('No such evidence is here.', ['no-evidence']),
    429: TOO_MANY,
  }),
});

const fileRoute = createRoute({
  method: 'get',
  path: '/evidence/{id}/file',
  tags: ['evidence'],
  summary: 'The same as a file, with where and when it was seen',
  request: {
    params: z.object({ id: z.string().openapi({ description: 'As in the list.' }) }),
  },
  responses: answers({
    200: answer('The document, and a line for each sighting, which nobody signs.', {
      [FILE_CONTENT_TYPE]: TEXT,
    }),
    404: problem('No such evidence is here.', ['no-evidence']),
    429: TOO_MANY,
  }),
});

/** `limited` is the server's limit on the requests of one client. */
export function addEvidenceRoutes(
  app: ServiceApp,
  evidence: EvidenceReader,
  limited: MiddlewareHandler<ServiceEnv>,
): void {
  for (const path of ['/evidence', '/evidence/:id', '/evidence/:id/file'])
    app.use(path, readCors, limited);
  app.openapi(listRoute, (c) => {
    c.header('cache-control', 'no-cache');
    return c.json(evidence.list().map(evidenceItem));
  });
  app.openapi(documentRoute, (c) => {
    const { id } = c.req.valid('param');
    const bytes = evidence.bytes(id) ?? noEvidence();
    return c.body(bytes, 200, {
      'content-type': 'application/json',
      'content-disposition': `inline; filename="evidence-${id.slice(0, 16)}.json"`,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
  app.openapi(fileRoute, (c) => {
    const { id } = c.req.valid('param');
    const name = `evidence-${id.slice(0, 16)}.tecp-evidence.json`;
    return c.body(evidence.file(id) ?? noEvidence(), 200, {
      'content-type': FILE_CONTENT_TYPE,
      'content-disposition': `inline; filename="${name}"`,
      'cache-control': 'no-cache',
    });
  });
}

function noEvidence(): never {
  throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
}
