/** The API of the explorer, as routes of an application. */
import { limitRate, readCors, type ServiceApp } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { SearchIndexError } from '../index/search-index.ts';
import { addCheckpointRoutes } from './checkpoint-routes.ts';
import type { Spending } from './costs.ts';
import { addEventRoute } from './events.ts';
import { addExportRoute } from './export.ts';
import { addFeedRoutes } from './feed/routes.ts';
import { addFileRoutes } from './file-routes.ts';
import { addLogRoutes } from './log-routes.ts';
import type { ApiOptions } from './options.ts';
import { apiParts } from './parts.ts';
import { addSearchRoutes } from './search-routes.ts';
import { addStatsRoutes } from './stats-routes.ts';

export interface ExplorerApi {
  /** Which the pages made of the API share. */
  readonly spending: Spending;
  /** Ends answers that last at once, and begins no more. */
  close(): void;
}

/** Whoever adds `/openapi.json`, by `serveDocument` and `API_DOCUMENT`, does so afterwards. */
export function addExplorerApi(app: ServiceApp, options: ApiOptions): ExplorerApi {
  const limited = limitRate(options.limiter, options.trustProxy);
  for (const path of ['/v1/*', '/logs/*', '/openapi.json']) app.use(path, readCors, limited);
  const parts = apiParts(options);
  addSearchRoutes(app, parts);
  const exports = addExportRoute(app, parts);
  addFeedRoutes(app, parts);
  addLogRoutes(app, parts);
  addStatsRoutes(app, parts);
  addCheckpointRoutes(app, parts);
  const events = addEventRoute(app, parts);
  addFileRoutes(app, parts);
  return {
    spending: parts.spending,
    close() {
      events.close();
      exports.close();
    },
  };
}

/** What a request is answered when the index could not (`toProblem` of the application). */
export function indexProblem(error: unknown): HttpProblem | undefined {
  if (!(error instanceof SearchIndexError) || error.kind === 'failed') return undefined;
  const detail = 'The index has more to do than it can. Try again.';
  return new HttpProblem(503, 'overloaded', detail, { retryAfterSeconds: 1, cause: error });
}
