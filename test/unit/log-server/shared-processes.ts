/** Processes of one log that is shared: servers of it, and what each of these has inside, over a store with faults. */
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { createLogMetrics } from '#log-server/metrics.ts';
import type { LogServerDependencies } from '#log-server/server.ts';
import { Door } from '#log-server/sharing/door.ts';
import { SharedLog } from '#log-server/sharing/shared-log.ts';
import { locateStore } from '#log-server/store/open-store.ts';
import type { SharedStore } from '#log-server/store/store.ts';
import { createTileCache } from '#log-server/store/tree-reader.ts';
import { writeSignerKey } from '#service/keys.ts';
import type { Logger } from '#service/logging.ts';
import { Metrics } from '#service/metrics.ts';
import { logKey, silent, startTestLog, type TestLog } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';

interface ProcessOptions {
  readonly faulty?: (store: SharedStore) => SharedStore;
  readonly trustDatabase?: boolean;
  readonly logger?: Logger;
}

/** A server of a new log whose database is at `url`. */
export async function startServer(
  url: string,
  settings: Readonly<Record<string, unknown>> = {},
  dependencies: LogServerDependencies = {},
): Promise<TestLog> {
  const folder = tempFolder();
  const key = logKey();
  writeSignerKey(join(folder, 'log.key'), key);
  const log = { database: url, high_water_mark: 'high-water' };
  const server = await startTestLog({ folder, key, log, settings, dependencies });
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await server.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { ...server, close };
}

export async function listen(): Promise<Door> {
  const options = { host: '127.0.0.1', port: 0, announce: undefined, logger: silent };
  const door = await Door.listen(options);
  onTestFinished(() => door.close());
  return door;
}

/** One process of the log of a server that has stopped. */
export async function openProcess(
  { config }: TestLog,
  { faulty = (store) => store, trustDatabase = false, logger = silent }: ProcessOptions = {},
): Promise<SharedLog> {
  const door = await listen();
  const fatal: unknown[] = [];
  const logConfig = config.logs[0]!;
  const log = await SharedLog.open(logConfig, faulty(locateStore(logConfig).shared!), {
    door,
    tiles: createTileCache(),
    limits: config.limits,
    logger,
    metricsOf: createLogMetrics(new Metrics({}), () => new Map()),
    trustDatabase,
    now: Date.now,
    onFatal: (error) => fatal.push(error),
  });
  onTestFinished(async () => {
    await log.close();
    expect(fatal).toEqual([]);
  });
  return log;
}

/** As a command does that takes the lease, whose session then ends. */
export const TAKE_LEASE = 'UPDATE tecp.log SET fencing = fencing + 1, session_pid = 0';
