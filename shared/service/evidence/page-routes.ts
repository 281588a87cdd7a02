/** The pages of evidence for people, beside the JSON of `routes.ts`. */
import type { MiddlewareHandler } from 'hono';
import type { ServiceApp, ServiceEnv } from '../app.ts';
import {
  answer,
  answers,
  BAD_REQUEST,
  createRoute,
  fromParameter,
  problem,
  TEXT,
  TOO_MANY,
  z,
} from '../openapi.ts';
import { answerPage } from '../page/page.ts';
import { HttpProblem } from '../problem.ts';
import type { EvidenceReader } from './evidence-table.ts';
import { evidenceListPage, evidencePage } from './pages.ts';

const PAGE = { 'text/html; charset=UTF-8': TEXT };

const listRoute = createRoute({
  method: 'get',
  path: '/findings',
  tags: ['evidence'],
  summary: 'What evidence is held, as a page for people',
  request: {
    query: z.object({ from: fromParameter }),
  },
  responses: answers({ 200: answer('The page.', PAGE), 400: BAD_REQUEST, 429: TOO_MANY }),
});

const itemRoute = createRoute({
  method: 'get',
  path: '/findings/{id}',
  tags: ['evidence'],
  summary: 'One piece of evidence, as a page for people',
  request: {
    params: z.object({ id: z.string().openapi({ description: 'As in the list.' }) }),
  },
  responses: answers({
    200: answer('The page.', PAGE),
    404: problem('No such evidence is here.', ['no-evidence']),
    429: TOO_MANY,
  }),
});

export function addEvidencePages(
  app: ServiceApp,
  evidence: EvidenceReader,
  limited: MiddlewareHandler<ServiceEnv>,
): void {
  for (const path of ['/findings', '/findings/:id']) app.use(path, limited);
  app.openapi(listRoute, (c) => {
    const newestFirst = evidence.list().reverse();
    return answerPage(c, evidenceListPage(newestFirst, c.req.valid('query').from));
  });
  app.openapi(itemRoute, (c) => {
    const { id } = c.req.valid('param');
    const record = evidence.list().find((known) => known.id === id);
    const bytes = record && evidence.file(id);
    if (bytes === undefined) throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
    return answerPage(c, evidencePage(record!, bytes));
  });
}
