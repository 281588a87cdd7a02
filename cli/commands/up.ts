/**
 * `tecp up`: a log, its witnesses and a monitor as separate processes on this machine, until
 * Ctrl-C, SIGTERM or `tecp down`.
 *
 * With `--detach` the same command runs once more in the background and reports to this process
 * over an IPC channel: that it is ready, or why it is not.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CommandError, EXIT, endingOf, unusable } from '#cli/lib/errors.ts';
import { makePrivateFolder } from '#cli/lib/files.ts';
import {
  DEFAULT_PORT,
  DEFAULT_WITNESSES,
  displayPath,
  MAX_BASE_PORT,
  MAX_WITNESSES,
  upOutputPath,
} from '#cli/lib/layout.ts';
import { dataOption } from '#cli/lib/options.ts';
import { printJson, printLine, say } from '#cli/lib/print.ts';
import { formatReport, type ReadyReport, reportOf } from '#cli/network/report.ts';
import { type RunningNetwork, runNetwork } from '#cli/network/session.ts';
import { NODE_ARGUMENTS } from '#cli/network/supervisor.ts';
import { describeFileError } from '#service/errors.ts';

interface UpOptions {
  readonly data: string;
  readonly port?: number;
  readonly witnesses?: number;
  readonly json?: boolean;
  readonly detach?: boolean;
  readonly background?: boolean;
}

/** From the background process to the one that started it. */
type Message =
  | { readonly kind: 'ready'; readonly report: ReadyReport; readonly text: string }
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };

const EXAMPLES = `
The first start makes keys and configuration in the data folder; later ones go on with what is
there, edited or not. The log listens on the base port, witnesses from base + 11, the monitor on
base + 20. If one of the processes ends, all are stopped and "up" says which and why.

Examples:
  $ ./tecp up                              in ./data, on ports from 8400
  $ ./tecp up --data /tmp/demo --port 9000 --witnesses 5
  $ ./tecp up --detach --json              for scripts: one line with URLs and process ids
  $ ./tecp down                            stop it`;

function integerBetween(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  };
}

export function upCommand(): Command {
  return new Command('up')
    .description('Starts a log, its witnesses and a monitor as processes on this machine.')
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
    .option('--json', 'print one line of JSON when ready, instead of the table')
    .option('--detach', 'return once ready, and leave the network running')
    .addOption(new Option('--background').hideHelp())
    .addHelpText('after', EXAMPLES)
    .action(async (options: UpOptions) => {
      const settled = { ...options, data: resolve(options.data) };
      if (options.background) await runInBackground(settled);
      else if (options.detach) await startInBackground(settled);
      else await runInForeground(settled);
    });
}

/** Aborts `stop` at the first request to end, and `kill` at the second. */
function stopSignals() {
  const stop = new AbortController();
  const kill = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) kill.abort();
      stop.abort();
    });
  }
  return { stop: stop.signal, kill: kill.signal };
}

async function runInForeground(options: UpOptions): Promise<void> {
  const signals = stopSignals();
  signals.stop.addEventListener('abort', () => say('stopping ...'));
  await runNetwork(options, signals, (running) => {
    if (options.json) printJson(reportOf(running));
    else printReady(formatReport(running.network));
  });
}

function printReady(text: string): void {
  printLine(`${text}\nready`);
}

/** The background process: speaks over the channel until it is ready, into its log file after. */
async function runInBackground(options: UpOptions): Promise<void> {
  let isReporting = true;
  const report = (message: Message): void => {
    if (!isReporting) return;
    isReporting = false;
    process.send?.(message, () => process.disconnect());
  };
  process.on('disconnect', () => {
    isReporting = false;
  });
  try {
    await runNetwork(options, stopSignals(), (running: RunningNetwork) => {
      report({ kind: 'ready', report: reportOf(running), text: formatReport(running.network) });
    });
  } catch (error) {
    report({ kind: 'failed', ...endingOf(error) });
    throw error;
  }
}

async function startInBackground(options: UpOptions): Promise<void> {
  await makePrivateFolder(options.data);
  const message = await launch(options);
  if (message.kind === 'failed') throw new CommandError(message.message, message.exitCode);
  if (options.json) printJson(message.report);
  else printReady(message.text);
}

/** Starts the background process and waits for what it has to say. */
async function launch(options: UpOptions): Promise<Message> {
  const outputPath = upOutputPath(options.data);
  const output = openOutput(outputPath);
  const args = [...NODE_ARGUMENTS, 'up', '--background', '--data', options.data];
  if (options.port !== undefined) args.push('--port', String(options.port));
  if (options.witnesses !== undefined) args.push('--witnesses', String(options.witnesses));
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
  });
  closeSync(output);
  const { stop } = stopSignals();
  stop.addEventListener('abort', () => child.kill('SIGTERM'));
  const message = await new Promise<Message>((settle) => {
    child.once('message', (value) => settle(value as Message));
    child.once('error', ({ message }) => settle(failure(message)));
    child.once('exit', () => {
      const log = displayPath(outputPath);
      settle(failure(stop.aborted ? 'Stopped before it was ready.' : `It ended; see ${log}.`));
    });
  });
  if (message.kind === 'ready') {
    child.disconnect();
    child.unref();
  }
  return message;
}

function failure(message: string): Message {
  return { kind: 'failed', message, exitCode: EXIT.failed };
}

function openOutput(path: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (error) {
    throw unusable(`Cannot write ${displayPath(path)}: ${describeFileError(error)}.`);
  }
}
