/** A mirror over HTTP: the public files of the log at the paths where the log has them, to be read alone. */
import { createApp, readCors } from '#service/app.ts';
import { DirectRoutes } from '#service/direct-routes.ts';
import type { Logger } from '#service/logging.ts';
import type { Metrics } from '#service/metrics.ts';
import { describedRoutes, serveDocument } from '#service/openapi.ts';
import { PROCESS_ROUTES, PROCESS_TAG, type ReadinessCheck } from '#service/process-routes.ts';
import { RequestFrame } from '#service/request-frame.ts';
import type { LogApp } from '../serving/app.ts';
import { Clients, newSharing } from '../serving/clients.ts';
import { plainPath } from '../serving/plain-path.ts';
import { toProblem } from '../serving/problems.ts';
import { addTileRoutes, type ServedFiles } from '../serving/tile-routes.ts';
import type { MirrorConfig } from './config.ts';

const DESCRIPTION =
  'A mirror of a transparency log: its checkpoint, tiles and entry bundles (C2SP tlog-tiles), each verified ' +
  'before it is shown, and nothing beside. Whoever reads verifies all the same.';

export interface MirrorAppOptions {
  readonly config: MirrorConfig;
  readonly files: ServedFiles;
  readonly readiness: ReadinessCheck;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export function createMirrorApp(options: MirrorAppOptions): LogApp {
  const { config, files, readiness, logger, metrics } = options;
  const { limits, trust_proxy: trustProxy } = config;
  const metricsElsewhere = config.metrics !== undefined;
  const common = { logger, metrics, toProblem };
  const app = createApp({
    ...common,
    metricsElsewhere,
    readiness: { mirror: readiness },
    trustProxy,
  });
  const direct = new DirectRoutes(new RequestFrame(common));
  // Nobody submits to a mirror.
  const rates = { reads: limits.reads, submissions: limits.reads };
  const clients = new Clients(rates, trustProxy, newSharing(1));
  const routes = describedRoutes();
  routes.use(readCors, clients.limitReads, plainPath);
  addTileRoutes(routes, { direct, log: files, prefix: '', clients });
  serveDocument(routes, {
    title: `Mirror of ${config.from}`,
    description: DESCRIPTION,
    tags: [{ name: 'files', description: 'The public files of the log.' }, PROCESS_TAG],
    prefix: '',
    others: PROCESS_ROUTES,
  });
  app.route('', routes);
  return { app, direct };
}
