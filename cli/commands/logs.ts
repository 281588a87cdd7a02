/** `tecp logs`: what the processes of a network write, for people or as it is. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { displayPath, upOutputPath } from '#cli/lib/layout.ts';
import { dataOption, integerBetween } from '#cli/lib/options.ts';
import { printLine } from '#cli/lib/print.ts';
import { namedRoles } from '#cli/network/control.ts';
import { formatLogLine } from '#cli/network/log-line.ts';
import { findRoles } from '#cli/network/network.ts';
import {
  mergeByTime,
  type OutputFile,
  type OutputLine,
  OutputReader,
} from '#cli/network/output-files.ts';
import { embeddedOutput } from '#cli/postgres/embedded.ts';
import { sleep } from '#service/schedule.ts';

interface LogsOptions {
  readonly data: string;
  readonly follow?: boolean;
  readonly lines: number;
  readonly json?: boolean;
}

const POLL_MS = 200;
const DEFAULT_LINES = 50;
const MAX_LINES = 99_999;
/** What "up" itself says when it runs detached. */
const UP = 'up';
/** What the PostgreSQL of an `up --postgres embedded` says. */
const POSTGRES = 'postgres';

const DETAILS = `
Roles are log, witness-1, monitor and so on, "up" for what a detached "up" itself says, and "postgres"
for the log's own PostgreSQL; all of them when none is named. A terminal gets the lines laid out; a pipe, or --json, gets them as they
stand in the files, which are JSON but for what a process says as it ends.

Examples:
  $ ./tecp logs
  $ ./tecp logs witness-2 --follow
  $ ./tecp logs log -n 1000 --json | grep '"level":"error"'`;

export function logsCommand(): Command {
  return new Command('logs')
    .description('Shows what the processes of the network on this machine have written.')
    .argument('[roles...]', 'log, witness-1, monitor, up, ...')
    .addOption(dataOption('data folder of the network'))
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option(
      '-n, --lines <n>',
      'so many of the last lines',
      integerBetween(0, MAX_LINES),
      DEFAULT_LINES,
    )
    .option('--json', 'the lines as they are, also on a terminal')
    .addHelpText('after', DETAILS)
    .action(showLogs);
}

async function showLogs(names: readonly string[], options: LogsOptions): Promise<void> {
  const { lines, follow } = options;
  const files = filesOf(resolve(options.data), names);
  const print = printer(files, options.json ?? false);
  const readers = files.map((file) => new OutputReader(file));
  const last = mergeByTime(readers.map((reader) => reader.last(lines)));
  for (const line of last.slice(Math.max(0, last.length - lines))) print(line);
  if (!follow) return;
  const ended = new AbortController();
  process.stdout.once('error', () => ended.abort());
  while (await sleep(POLL_MS, ended.signal)) {
    for (const line of mergeByTime(readers.map((reader) => reader.next()))) print(line);
  }
}

function printer(files: readonly OutputFile[], json: boolean): (line: OutputLine) => void {
  if (json || !process.stdout.isTTY) return ({ text }) => printLine(text);
  const width = Math.max(...files.map(({ name }) => name.length));
  return (line) => printLine(formatLogLine(line, width));
}

function filesOf(data: string, names: readonly string[]): OutputFile[] {
  const roles = findRoles(data);
  if (roles === undefined) {
    throw unusable(`There is no network in ${displayPath(data)}; name its folder with --data.`);
  }
  const postgres = { name: POSTGRES, path: embeddedOutput(data) };
  const hasPostgres = existsSync(postgres.path);
  const others = hasPostgres ? [UP, POSTGRES] : [UP];
  const chosen = names.filter((name) => !others.includes(name));
  const files = (names.length === 0 ? roles : namedRoles(data, chosen)).map(({ name, output }) => {
    return { name, path: output };
  });
  const up = { name: UP, path: upOutputPath(data) };
  const more = hasPostgres ? [postgres, up] : [up];
  return [...files, ...more.filter(({ name }) => names.length === 0 || names.includes(name))];
}
