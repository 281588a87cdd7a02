/**
 * The life of a local network on its folder: the folder is locked, what ran on it before has ended,
 * its files are there and its ports free, and then it runs.
 */
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { makePrivateFolder } from '#cli/lib/files.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { say } from '#cli/lib/print.ts';
import { EmbeddedPostgres, OWNER_ROLE } from '#cli/postgres/embedded.ts';
import { HOST } from './generate.ts';
import { Life, type SessionEvents, type StopSignals } from './life.ts';
import {
  everyRole,
  isEmbedded,
  type Network,
  type NetworkOptions,
  newPorts,
  openNetwork,
} from './network.ts';
import { takePlace, waitForPlace } from './place.ts';
import { checkPorts } from './readiness.ts';
import {
  claimRunState,
  folderWatch,
  ORPHANS_TIMEOUT_MS,
  removeRunState,
  tryLock,
  waitForOrphans,
} from './run-state.ts';
import { finishPutting } from './staging.ts';

export interface SessionOptions extends NetworkOptions {
  /** Whether a process that ends by itself is started again. */
  readonly restart: boolean;
}

/**
 * Runs a network until `stop` is aborted or it cannot go on; all its processes have ended when this
 * settles. Aborting `kill` cuts the stopping short.
 */
export async function runNetwork(
  options: SessionOptions,
  signals: StopSignals,
  events: SessionEvents,
): Promise<void> {
  const { data } = options;
  await makePrivateFolder(data);
  const lock = tryLock(data);
  if (lock === undefined) {
    throw unusable(`Another "tecp up" has just begun on ${displayPath(data)}.`);
  }
  const orphans = claimRunState(data);
  const isOurFolder = folderWatch(data);
  const place = takePlace(data);
  let postgres: EmbeddedPostgres | undefined;
  try {
    if (place === 'taken') await waitForRemoved(data, signals.stop);
    await waitForOrphans(orphans, ORPHANS_TIMEOUT_MS, signals.stop);
    await finishPutting(data);
    if (isEmbedded(options)) {
      postgres = await EmbeddedPostgres.start(data, events.onStep);
      // For the database that is made now, and for processes that bring it to a new version.
      process.env.TECP_DATABASE_OWNER = OWNER_ROLE;
    }
    const network = await prepare(options, events);
    await new Life(network, { mayRestart: options.restart, isOurFolder, events }).run(signals);
  } finally {
    await postgres?.stop();
    const isRemoved = !isOurFolder();
    if (!isRemoved) removeRunState(data);
    if (place !== 'taken') place?.release(isRemoved);
    lock.release();
  }
}

async function waitForRemoved(data: string, signal: AbortSignal): Promise<void> {
  const folder = displayPath(data);
  say(`waiting for the network to stop that ran in ${folder} before that was removed ...`);
  if (await waitForPlace(data, signal)) return;
  throw new CommandError(`The network that ran in ${folder} before does not stop.`);
}

async function prepare(options: NetworkOptions, { onStep }: SessionEvents): Promise<Network> {
  const chosen = await newPorts(options);
  if (chosen !== undefined) {
    await checkPorts([...chosen].map(([name, port]) => ({ name, host: HOST, port })));
    onStep('making keys and configuration');
  }
  const network = await openNetwork(options);
  await checkPorts(everyRole(network));
  return network;
}
