/**
 * `tecp down`: stops what `tecp up` started on a data folder, or some of its processes, and waits
 * until that is done.
 */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { displayPath, MARKER_FILE } from '#cli/lib/layout.ts';
import { dataOption } from '#cli/lib/options.ts';
import { isPresent } from '#cli/lib/presence.ts';
import { say } from '#cli/lib/print.ts';
import { namedRoles, stopRoles } from '#cli/network/control.ts';
import { endLeftovers } from '#cli/network/leftovers.ts';
import { removedNetwork, waitForPlace } from '#cli/network/place.ts';
import { isRunning, readRunState } from '#cli/network/run-state.ts';
import { isAlive, isAliveWith } from '#service/is-alive.ts';
import { sleep } from '#service/schedule.ts';

const STOP_TIMEOUT_MS = 90_000;
const EXIT_TIMEOUT_MS = 20_000;
/** An "up" that has just begun has its lock but may not have written its process id yet. */
const STATE_TIMEOUT_MS = 2000;

const DETAILS = `
Of an "up" that was killed it ends what is left: its processes stop by themselves, and then its PostgreSQL does.
A process that was stopped by its name stays stopped until "up" names it, or starts the network.
Exit code 0 once nothing runs that was to be stopped, also if nothing did.

Examples:
  $ ./tecp down
  $ ./tecp down witness-2                  this one only; "./tecp up witness-2" starts it again
  $ ./tecp down --data /tmp/demo`;

export function downCommand(): Command {
  return new Command('down')
    .description('Stops the network that "tecp up" started, and waits until it is gone.')
    .argument('[roles...]', 'log, witness-1, monitor, ...: stop these processes only')
    .addOption(dataOption('data folder of the network'))
    .addHelpText('after', DETAILS)
    .action(async (names: string[], options: { data: string }) => {
      const data = resolve(options.data);
      if (names.length === 0) await stopNetwork(data);
      else await stopSome(data, names);
    });
}

async function stopSome(data: string, names: readonly string[]): Promise<void> {
  const isThere = await isNetworkThere(data);
  if (!isThere) return;
  const roles = namedRoles(data, names);
  if (!isRunning(data)) {
    say(`nothing is running on ${displayPath(data)}.`);
    return;
  }
  await stopRoles(data, roles);
  say(`stopped: ${names.join(', ')}.`);
}

async function stopNetwork(data: string): Promise<void> {
  const folder = displayPath(data);
  const isThere = await isNetworkThere(data);
  if (!isThere) return;
  if (!isRunning(data)) {
    const wereLeft = await endLeftovers(data);
    say(
      wereLeft
        ? `what an "up" that was killed had left running in ${folder} is stopped.`
        : `nothing is running on ${folder}.`,
    );
    return;
  }
  const pid = await supervisorOf(data);
  process.kill(pid, 'SIGTERM');
  if (await waitWhile(() => isRunning(data), STOP_TIMEOUT_MS)) {
    // All is over by now but the end of the process itself, which nobody may have collected yet.
    await waitWhile(() => isAlive(pid), EXIT_TIMEOUT_MS);
    say(`the network in ${folder} is stopped.`);
    return;
  }
  throw new CommandError(`The network in ${folder} is still stopping (process ${pid}).`);
}

/** Waits for one whose folder was removed while it ran: it notices that, and stops by itself. */
async function isNetworkThere(data: string): Promise<boolean> {
  if (isPresent(`${data}/${MARKER_FILE}`) || readRunState(data) !== undefined) return true;
  const folder = displayPath(data);
  const removed = removedNetwork(data);
  if (removed === 'ended') {
    say(`nothing is running on ${folder}, which was removed while its network ran.`);
    return false;
  }
  if (removed === 'runs') {
    say(`${folder} was removed while its network ran; waiting for that to stop ...`);
    if (!(await waitForPlace(data))) {
      throw new CommandError(`The network that ran in ${folder} is still stopping.`);
    }
    say(`the network that ran in ${folder} is stopped.`);
    return false;
  }
  if (!isPresent(data)) {
    throw unusable(`There is no folder ${folder}; name the network's with --data.`);
  }
  throw unusable(`There is no network in ${folder}; name its folder with --data.`);
}

async function supervisorOf(data: string): Promise<number> {
  const pid = (): number | undefined => {
    const state = readRunState(data);
    // Of an "up" that was killed the id may be another program's by now, which is none of ours.
    const isUp = state !== undefined && isAliveWith(state.pid, (text) => text === 'up');
    return isUp ? state.pid : undefined;
  };
  await waitWhile(() => pid() === undefined, STATE_TIMEOUT_MS);
  const found = pid();
  if (found !== undefined) return found;
  throw new CommandError(`"tecp up" on ${displayPath(data)} is starting; try again in a moment.`);
}

/** Whether the condition ended in time. */
async function waitWhile(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (condition()) {
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}
