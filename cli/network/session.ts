/**
 * The life of a local network: lock its folder, start its processes, say when it is ready, watch
 * them, and stop them together on a signal or when one of them ends by itself.
 */
import { CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { makePrivateFolder } from '#cli/lib/files.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { commandLine } from '#cli/lib/shell.ts';
import { HOST } from './generate.ts';
import { type Network, type NetworkOptions, newPorts, openNetwork, type Role } from './network.ts';
import { checkPorts, waitForQuorum, waitUntilAlive } from './readiness.ts';
import { removeRunState, tryLock, waitForOrphans, writeRunState } from './run-state.ts';
import { type ChildEnd, describeEnd, Supervisor } from './supervisor.ts';

/** For the processes of an "up" that was killed to stop by themselves. */
const ORPHANS_TIMEOUT_MS = 45_000;

export interface StopSignals {
  /** Stop in order. */
  readonly stop: AbortSignal;
  /** Stop at once. */
  readonly kill: AbortSignal;
}

export interface RunningNetwork {
  readonly network: Network;
  /** Process ids by role, the supervisor's own as `up`. */
  readonly pids: ReadonlyMap<string, number>;
}

/**
 * Runs a network until `stop` is aborted or one of its processes ends; all have ended when this
 * settles. `onReady` is called at most once, and aborting `kill` cuts the stopping short.
 */
export async function runNetwork(
  options: NetworkOptions,
  signals: StopSignals,
  onReady: (running: RunningNetwork) => void,
): Promise<void> {
  const { data } = options;
  await makePrivateFolder(data);
  const lock = tryLock(data);
  if (lock === undefined) {
    const folder = displayPath(data);
    throw unusable(
      `Another "tecp up" is running on ${folder}; stop it first: ${commandLine('down', '--data', folder)}`,
    );
  }
  try {
    await waitForOrphans(data, ORPHANS_TIMEOUT_MS, signals.stop);
    const chosen = (await newPorts(options)) ?? new Map<string, number>();
    await checkPorts([...chosen].map(([name, port]) => ({ name, host: HOST, port })));
    const network = await openNetwork(options);
    const { log, witnesses, monitor } = network;
    await checkPorts([log, ...witnesses, monitor]);
    await superviseUntilStopped(network, signals, onReady);
  } finally {
    removeRunState(data);
    lock.release();
  }
}

async function superviseUntilStopped(
  network: Network,
  signals: StopSignals,
  onReady: (running: RunningNetwork) => void,
): Promise<void> {
  const supervisor = new Supervisor();
  const kill = (): void => supervisor.kill();
  signals.kill.addEventListener('abort', kill);
  let ready = false;
  let ended: ChildEnd | undefined;
  const halted = new AbortController();
  void supervisor.unexpectedEnd.then((end) => {
    ended = end;
    halted.abort();
  });
  const signal = AbortSignal.any([signals.stop, halted.signal]);
  try {
    await startAll(network, supervisor, signal);
    if (!signal.aborted) {
      ready = true;
      const pids = supervisor.processIds.map(({ name, pid }): [string, number] => [name, pid]);
      onReady({ network, pids: new Map([['up', process.pid], ...pids]) });
      await aborted(signal);
    }
  } finally {
    await supervisor.stop();
    signals.kill.removeEventListener('abort', kill);
  }
  if (ended !== undefined) throw endError(ended, ready);
}

/** Each kind when those it asks are there, so that nobody starts with a failed request. */
async function startAll(
  network: Network,
  supervisor: Supervisor,
  signal: AbortSignal,
): Promise<void> {
  const { log, witnesses, monitor, data } = network;
  const start = async (roles: readonly Role[]): Promise<void> => {
    for (const role of roles) supervisor.start(role);
    await writeRunState(data, { pid: process.pid, children: supervisor.processIds });
    await Promise.all(roles.map((role) => waitUntilAlive(role, signal)));
  };
  await start(witnesses);
  if (!signal.aborted) await start([log]);
  await waitForQuorum(network, signal);
  if (!signal.aborted) await start([monitor]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** A process that refused to start has said all there is to say, in one sentence. */
function endError(end: ChildEnd, wasReady: boolean): CommandError {
  if (!wasReady && end.code === EXIT.unusable && end.reason !== undefined) {
    return unusable(end.reason);
  }
  return new CommandError(describeEnd(end));
}
