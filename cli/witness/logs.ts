/** `tecp witness logs`: which logs a witness follows, changed and asked while it runs. */
import { Command } from 'commander';
import { integerBetween } from '#cli/lib/options.ts';
import { formatTable, printJson, printLine, say } from '#cli/lib/print.ts';
import type { AddedLog, ListedLog, ShownLog } from '#witness/operator/logs.ts';
import { askWitness, configOption } from './ask.ts';
import { describeLog, listRow } from './log-text.ts';

interface Options {
  readonly config: string;
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly vkey: readonly string[];
  readonly origin?: string;
  readonly url?: string;
  readonly feed?: string;
  readonly qpd?: number;
  readonly contact?: string;
}

const EXAMPLES = `
A change counts at once, without a restart; if the witness does not run, from its next start. What was
cosigned for a log is never forgotten. A log that was disabled stays so until it is enabled here,
whatever the configuration or a list says.

Examples:
  $ ./tecp witness logs list --config witness.yaml
  $ ./tecp witness logs add --config witness.yaml --vkey "$(cat log.vkey)" --url https://log.example
  $ ./tecp witness logs show log.example --config witness.yaml`;

const ADD_DETAILS = `
A log that is known gets the keys and the particulars that are new, and keeps the others: so a log that
changes its key is known by both, until "remove-key" ends the old one.`;

const SHOW_DETAILS = `
Prints everything that is known: keys, tree, what it owes, evidence, who named it, its rate.`;

export function logsCommand(): Command {
  const command = new Command('logs')
    .description('Which logs a witness follows.')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  command
    .command('list')
    .description('Lists the logs that the witness follows, or did.')
    .addOption(configOption())
    .option('--json', 'one JSON array')
    .action(list);
  command
    .command('show')
    .description('Shows everything that is known of a log.')
    .argument('<origin>', 'first line of its checkpoints')
    .addOption(configOption())
    .option('--json', 'one JSON object')
    .addHelpText('after', SHOW_DETAILS)
    .action(show);
  command
    .command('add')
    .description('Adds a log, or keys and particulars to one that is known.')
    .addOption(configOption())
    .requiredOption('--vkey <key>', 'verifier key; may be given several times', collect, [])
    .option('--origin <origin>', 'first line of its checkpoints (default: name of the first key)')
    .option('--url <url>', 'prefix of its tiles, for comparing its checkpoints')
    .option('--feed <url>', 'prefix of a tiled log that does not push, to be followed')
    .option(
      '--qpd <n>',
      'add-checkpoint requests a day, above it 429',
      integerBetween(1, 999_999_999),
    )
    .option('--contact <text>', 'how to reach whoever runs it')
    .addHelpText('after', ADD_DETAILS)
    .action(add);
  addChange(command, 'disable', 'Stops following a log; it is answered with 403 log-disabled.');
  addChange(command, 'enable', 'Follows a log again, from the tree that was cosigned last.');
  command
    .command('remove-key')
    .description('Ends what a key says for a log. What it signed stays on record.')
    .argument('<origin>', 'first line of its checkpoints')
    .addOption(configOption())
    .requiredOption('--vkey <key>', 'verifier key')
    .action(removeKey);
  return command;
}

function addChange(command: Command, name: 'disable' | 'enable', description: string): void {
  command
    .command(name)
    .description(description)
    .argument('<origin>', 'first line of its checkpoints')
    .addOption(configOption())
    .action(async (origin: string, { config }: Options) => {
      await post(config, name, { origin });
      say(`${origin} is ${name}d.`, 'good');
    });
}

async function list({ config, json }: Options): Promise<void> {
  const logs = (await askWitness(config, { method: 'GET', path: '/logs' })) as ListedLog[];
  if (json) return printJson(logs);
  if (logs.length === 0) return say('No log is followed.');
  const rows = [['origin', 'size', 'cosigned', 'source', 'state'], ...logs.map(listRow)];
  process.stdout.write(formatTable(rows));
}

async function show(origin: string, { config, json }: Options): Promise<void> {
  const path = `/logs/one?origin=${encodeURIComponent(origin)}`;
  const log = (await askWitness(config, { method: 'GET', path })) as ShownLog;
  if (json) printJson(log);
  else process.stdout.write(describeLog(log));
}

async function add({ config, vkey: vkeys, ...rest }: AddOptions): Promise<void> {
  const added = (await post(config, 'add', { vkeys, ...rest })) as AddedLog;
  const { origin, disabled } = added.log;
  if (added.is_new) say(`${origin} is followed.`, 'good');
  else if (added.added_keys.length > 0) say(`${origin} has new keys.`, 'good');
  else say(`${origin} was known by these keys; its particulars are set.`);
  if (disabled !== undefined)
    say(`${origin} stays off: ${disabled}. "logs enable" follows it again.`);
  printLine(origin);
}

async function removeKey(origin: string, options: Options & { vkey: string }): Promise<void> {
  await post(options.config, 'remove-key', { origin, vkey: options.vkey });
  say(`The key speaks for ${origin} no more.`, 'good');
}

function post(config: string, name: string, body: unknown): Promise<unknown> {
  return askWitness(config, { method: 'POST', path: `/logs/${name}`, body });
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
