/** A log server over HTTP: each log under its path, with a document that describes it. */
import { createApp, readCors, type ServiceApp } from '#service/app.ts';
import { DirectRoutes } from '#service/direct-routes.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { describedRoutes, serveDocument } from '#service/openapi.ts';
import { PROCESS_ROUTES, PROCESS_TAG } from '#service/process-routes.ts';
import { RequestFrame } from '#service/request-frame.ts';
import type { LogServerConfig } from '../config.ts';
import { addApiRoutes } from './api-routes.ts';
import { Clients, type Sharing } from './clients.ts';
import { addHomeRoute } from './home-route.ts';
import { batchResultSchema, problemMembers } from './openapi/schemas.ts';
import { plainPath } from './plain-path.ts';
import { toProblem } from './problems.ts';
import type { ServedLog } from './served-log.ts';
import { addShardListRoute, readShardList, SHARDS_PATH } from './shard-list-route.ts';
import { addSubmitRoutes } from './submit-routes.ts';
import { addTileRoutes } from './tile-routes.ts';

const DESCRIPTION =
  'A witnessed transparency log. Entries go in over `POST /v1/log/entries`; an index that was ' +
  'answered is durable and never changes. Readers see only what a published checkpoint covers: one ' +
  'with the cosignatures that the policy asks for. Formats: C2SP tlog-checkpoint, tlog-tiles, ' +
  'tlog-cosignature, tlog-policy and tlog-proof. Errors are `application/problem+json` with a ' +
  'stable `code`. Reads may be made by pages of any site (CORS); submissions by those of configured ' +
  'origins only.';

const TAGS = [
  { name: 'submit', description: 'Putting entries in.' },
  { name: 'files', description: 'The public files of the log (C2SP tlog-tiles).' },
  { name: 'proofs', description: 'Proofs and facts as JSON.' },
  PROCESS_TAG,
];

/** Both ways in which requests are answered. */
export interface LogApp {
  readonly app: ServiceApp;
  readonly direct: DirectRoutes;
}

export interface LogAppOptions {
  readonly config: LogServerConfig;
  /** In the order of the configuration. */
  readonly logs: readonly ServedLog[];
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly sharing: Sharing;
}

export function createLogApp({ config, logs, logger, metrics, sharing }: LogAppOptions): LogApp {
  const { limits, trust_proxy: trustProxy } = config;
  const readiness = Object.fromEntries(logs.map((log) => [log.origin, () => log.standing.trouble]));
  const app = createApp({
    logger,
    metrics,
    metricsElsewhere: config.metrics !== undefined,
    readiness,
    toProblem,
    trustProxy,
  });
  const direct = new DirectRoutes(new RequestFrame({ logger, metrics, toProblem }));
  const clients = new Clients(limits, trustProxy, sharing);
  const shards = config.shards === undefined ? undefined : readShardList(config.shards);
  // Longer paths first: what is mounted for the empty path would see every request.
  const mounts = logs.map((log, i) => ({ log, path: config.logs[i]!.path }));
  for (const { log, path } of mounts.toSorted((a, b) => b.path.length - a.path.length)) {
    app.route(path, logRoutes(log, path, { config, clients, direct, shards }));
  }
  return { app, direct };
}

interface Common {
  readonly config: LogServerConfig;
  readonly clients: Clients;
  readonly direct: DirectRoutes;
  /** The signed list of the operator's logs. */
  readonly shards: string | undefined;
}

function logRoutes(log: ServedLog, path: string, { config, clients, direct, shards }: Common) {
  const { limits, submission_origins: origins } = config;
  const routes = describedRoutes(problemMembers(log.types));
  const { openAPIRegistry: registry } = routes;
  registry.register('BatchResult', batchResultSchema);
  for (const { schema } of log.types) {
    if (schema !== undefined) registry.registerComponent('schemas', schema.name, schema.schema);
  }
  // Submissions first: they answer by themselves, so what is for reads never sees them.
  const shardsPath = shards === undefined ? undefined : `${path}${SHARDS_PATH}`;
  addSubmitRoutes(routes, { direct, log, prefix: path, limits, clients, origins, shardsPath });
  routes.use(readCors, clients.limitReads, plainPath);
  const reading = { direct, log, prefix: path, clients };
  addTileRoutes(routes, reading);
  addApiRoutes(routes, reading);
  addHomeRoute(routes, reading, config.explorer);
  if (shards !== undefined) addShardListRoute(routes, shards);
  serveDocument(routes, {
    title: `Transparency log ${log.origin}`,
    description: DESCRIPTION,
    tags: TAGS,
    prefix: path,
    others: PROCESS_ROUTES,
  });
  return routes;
}
