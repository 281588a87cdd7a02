/** The evidence that a server holds, over HTTP: the list of it, and each document as it is stored. */
import type { MiddlewareHandler } from 'hono';
import { readCors, type ServiceApp, type ServiceEnv } from '../app.ts';
import { HttpProblem } from '../problem.ts';
import { evidenceItem } from './evidence-item.ts';
import type { EvidenceReader } from './evidence-table.ts';

/** `limited` is the server's limit on the requests of one client. */
export function addEvidenceRoutes(
  app: ServiceApp,
  evidence: EvidenceReader,
  limited: MiddlewareHandler<ServiceEnv>,
): void {
  for (const path of ['/evidence', '/evidence/:id']) app.use(path, readCors, limited);
  app.get('/evidence', (c) => {
    c.header('cache-control', 'no-cache');
    return c.json(evidence.list().map(evidenceItem));
  });
  app.get('/evidence/:id', (c) => {
    const id = c.req.param('id');
    const bytes = evidence.bytes(id);
    if (bytes === undefined) throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
    return c.body(bytes, 200, {
      'content-type': 'application/json',
      'content-disposition': `inline; filename="evidence-${id.slice(0, 16)}.json"`,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });
}
