/** `tecp down`: stops what `tecp up` started on a data folder, and waits until it is gone. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { displayPath, MARKER_FILE } from '#cli/lib/layout.ts';
import { dataOption } from '#cli/lib/options.ts';
import { say } from '#cli/lib/print.ts';
import { isAlive, readRunState, tryLock } from '#cli/network/run-state.ts';
import { sleep } from '#service/schedule.ts';

const STOP_TIMEOUT_MS = 90_000;
const EXIT_TIMEOUT_MS = 3000;
/** An "up" that has just begun has its lock but may not have written its process id yet. */
const STATE_TIMEOUT_MS = 2000;

const EXAMPLES = `
Exit code 0 once nothing runs, also if nothing did.

Examples:
  $ ./tecp down
  $ ./tecp down --data /tmp/demo`;

export function downCommand(): Command {
  return new Command('down')
    .description('Stops the network that "tecp up" started, and waits until it is gone.')
    .addOption(dataOption('data folder of the network'))
    .addHelpText('after', EXAMPLES)
    .action(async ({ data }: { data: string }) => await stopNetwork(resolve(data)));
}

async function stopNetwork(data: string): Promise<void> {
  const folder = displayPath(data);
  if (!existsSync(data)) {
    throw unusable(`There is no folder ${folder}; name the network's with --data.`);
  }
  if (!existsSync(`${data}/${MARKER_FILE}`) && readRunState(data) === undefined) {
    throw unusable(`There is no network in ${folder}; name its folder with --data.`);
  }
  if (!isRunning(data)) {
    say(`nothing is running on ${folder}.`);
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

function isRunning(data: string): boolean {
  const lock = tryLock(data);
  lock?.release();
  return lock === undefined;
}

async function supervisorOf(data: string): Promise<number> {
  const pid = (): number | undefined => {
    const state = readRunState(data);
    return state !== undefined && isAlive(state.pid) ? state.pid : undefined;
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
