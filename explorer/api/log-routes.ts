/** The logs that the explorer reads and how far, evidence against them, and what a monitor says of them. */
import { RemoteError } from '#client/http.ts';
import type { ServiceApp } from '#service/app.ts';
import { describeHandler } from '#service/openapi.ts';
import { HttpProblem } from '#service/problem.ts';
import type { LogsAnswer } from '../search/answers.ts';
import { evidenceRoute, logsRoute, monitorRoute } from './definitions.ts';
import type { ApiParts } from './parts.ts';
import { readParameters } from './query.ts';

const IMMUTABLE = 'public, max-age=31536000, immutable';

export function addLogRoutes(app: ServiceApp, parts: ApiParts): void {
  const { options, logs, spending } = parts;

  describeHandler(app, logsRoute, '/v1/logs', async (c) => {
    readParameters(c, []);
    c.header('cache-control', 'no-store');
    const answer: LogsAnswer = { logs: await logs.answers(), now_ms: options.now() };
    return c.json(answer);
  });

  describeHandler(app, monitorRoute, '/v1/monitor', (c) => {
    readParameters(c, []);
    c.header('cache-control', 'no-store');
    return c.json(options.monitor?.answer ?? {});
  });

  describeHandler(app, evidenceRoute, '/v1/evidence/:id', async (c) => {
    readParameters(c, []);
    const id = c.req.param('id') ?? '';
    const document = /^[0-9a-f]{64}$/.test(id) ? await evidenceOf(parts, id) : undefined;
    if (document === undefined) {
      throw new HttpProblem(404, 'no-evidence', 'No such evidence is here.');
    }
    spending.hold(c, document.length);
    return c.body(document as Uint8Array<ArrayBuffer>, 200, {
      'content-type': 'application/json',
      'content-disposition': `inline; filename="evidence-${id.slice(0, 16)}.tecp-evidence.json"`,
      'cache-control': IMMUTABLE,
    });
  });
}

/** What the explorer found itself, or else what the monitor has. */
async function evidenceOf(
  { index, options }: ApiParts,
  id: string,
): Promise<Uint8Array | undefined> {
  const found = await index.evidence(id);
  if (found !== undefined) return found.document;
  try {
    return await options.monitor?.evidence(id);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const detail = 'The monitor that has this evidence does not hand it out now.';
    throw new HttpProblem(503, 'no-monitor', detail, { retryAfterSeconds: 5, cause: error });
  }
}
