/** `tecp status`: what runs of the network in a data folder, how far it is, and what is wrong. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { displayPath } from '#cli/lib/layout.ts';
import { dataOption } from '#cli/lib/options.ts';
import { isPresent } from '#cli/lib/presence.ts';
import { printJson, say } from '#cli/lib/print.ts';
import { networkOf } from '#cli/network/control.ts';
import { readHealth } from '#cli/network/health.ts';
import { commandOn } from '#cli/network/hints.ts';
import { removedNetwork } from '#cli/network/place.ts';
import { isRunning, readRunState } from '#cli/network/run-state.ts';
import { formatStatus, isAllWell, statusJson } from '#cli/network/status-report.ts';

const DETAILS = `
Asks every process: is the log ready, how many entries it holds and has published, and when its
witnesses cosigned; what each witness cosigned last; what the monitor has checked, and its alerts.
One that hangs is given up after two seconds.

Exit codes: 0 all runs and is well, 1 something is wrong or nothing runs, 2 there is no network.

Examples:
  $ ./tecp status
  $ ./tecp status --json --data /tmp/demo`;

export function statusCommand(): Command {
  return new Command('status')
    .description(
      'Shows what runs of the network on this machine, how far it is, and what is wrong.',
    )
    .addOption(dataOption('data folder of the network'))
    .option('--json', 'print one line of JSON')
    .addHelpText('after', DETAILS)
    .action(async ({ data, json }: { data: string; json?: boolean }) => {
      await showStatus(resolve(data), json ?? false);
    });
}

async function showStatus(data: string, json: boolean): Promise<void> {
  if (!isPresent(data)) throw unusable(noFolder(data));
  const network = await networkOf(data);
  const state = isRunning(data) ? readRunState(data) : undefined;
  if (state === undefined) {
    process.exitCode = EXIT.failed;
    if (json) printJson({ ok: false, running: false, data });
    else say(`nothing runs on ${displayPath(data)}; start it with "${commandOn(data, 'up')}".`);
    return;
  }
  const roles = await readHealth(network, state);
  process.exitCode = isAllWell(state, roles) ? EXIT.ok : EXIT.failed;
  if (json) printJson(statusJson(data, state, roles));
  else process.stdout.write(formatStatus(data, state, roles, Date.now()));
}

function noFolder(data: string): string {
  const folder = displayPath(data);
  return removedNetwork(data) === 'runs'
    ? `${folder} was removed while its network ran, which is stopping.`
    : `There is no folder ${folder}; name the network's with --data, or start one with "${commandOn(data, 'up')}".`;
}
