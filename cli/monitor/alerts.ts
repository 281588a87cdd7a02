/** `tecp monitor alerts`: what is open, who takes care of it, what is kept quiet, what is over. */
import { Command } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { printJson, say } from '#cli/lib/print.ts';
import type { AlertJson, AlertPage } from '#monitor/alerts/alert-json.ts';
import type { SilenceJson } from '#monitor/operator/silences.ts';
import { formatAlerts, formatSilences, silenceText } from './alert-text.ts';
import { askMonitor, byOption, configOption, whoDoesIt } from './ask.ts';
import { parseDuration } from './duration.ts';

interface Options {
  readonly config: string;
  readonly by?: string;
  readonly note?: string;
  readonly json?: true;
}

interface ListOptions extends Options {
  readonly all?: true;
}

interface SilenceOptions extends Options {
  readonly kind?: string;
  readonly origin?: string;
  readonly subject?: string;
  readonly for: number;
}

const DETAILS = `
What is done counts at once and is told to the sinks. Names and notes are part of the alert: everybody who
may read the monitor's page sees them.

Examples:
  $ ./tecp monitor alerts list --config monitor.yaml
  $ ./tecp monitor alerts ack 17 --note 'calling their operator' --config monitor.yaml
  $ ./tecp monitor alerts silence --subject witness-2 --for 2h --note 'new disk' --config monitor.yaml`;

const ACK_DETAILS = `
Ends its reminders and its way up the ladder. New evidence ends an acknowledgement.`;

const SILENCE_DETAILS = `
Nothing is told of an alert that fits all that is named; * stands for any text. It lasts 30 days at most,
for critical alerts a day at most, and keeps no proven contradiction from anybody: of these it stops only
reminders and the ladder. What is still open when it ends is told then.`;

const RESOLVE_DETAILS = `
For what is proven and so stays open by itself, once it is dealt with; and for what nobody watches any
more. It stays in the history with its evidence. Only new evidence raises it again. What is still so
cannot be resolved: it ends by itself.`;

export function alertsCommand(): Command {
  const command = new Command('alerts')
    .description('Alerts of a monitor, and what is done about them.')
    .enablePositionalOptions()
    .addHelpText('after', DETAILS);
  command
    .command('list')
    .description('Lists open alerts, and the silences that count.')
    .addOption(configOption())
    .option('--all', 'resolved alerts too')
    .option('--json', 'one JSON object')
    .action(list);
  addAct(command, 'ack', 'Says that somebody takes care of an alert.', ACK_DETAILS)
    .option('--note <text>', 'what is done about it')
    .action((id: string, options: Options) => act(id, 'acknowledge', options));
  addAct(command, 'resolve', 'Ends an alert that does not end by itself.', RESOLVE_DETAILS)
    .requiredOption('--note <text>', 'why it is over')
    .action((id: string, options: Options) => act(id, 'resolve', options));
  command
    .command('silence')
    .description('Keeps alerts quiet for a time.')
    .addOption(configOption())
    .requiredOption('--for <time>', 'how long, as in 90m, 12h or 7d', parseDuration)
    .option('--kind <pattern>', 'kind of alert, as in witness-down')
    .option('--origin <pattern>', 'log that it is about')
    .option('--subject <pattern>', 'witness or part of the log that it is about')
    .option('--note <text>', 'why')
    .addOption(byOption())
    .addHelpText('after', SILENCE_DETAILS)
    .action(silence);
  addAct(command, 'unsilence', 'Ends a silence before its time.')
    .option('--note <text>', 'why')
    .action(unsilence);
  return command;
}

function addAct(command: Command, name: string, description: string, details = ''): Command {
  return command
    .command(name)
    .description(description)
    .argument('<id>', 'its number in the list')
    .addOption(configOption())
    .addOption(byOption())
    .addHelpText('after', details);
}

async function list({ config, all, json }: ListOptions): Promise<void> {
  const path = `/alerts?state=${all === undefined ? 'open' : 'all'}`;
  const page = (await askMonitor(config, { method: 'GET', path })) as AlertPage;
  const request = { method: 'GET', path: '/silences' } as const;
  const { silences } = (await askMonitor(config, request)) as { silences: SilenceJson[] };
  if (json) return printJson({ ...page, silences });
  if (page.alerts.length === 0) say(all ? 'There are no alerts.' : 'No alert is open.', 'good');
  else process.stdout.write(formatAlerts(page.alerts, Date.now()));
  if (silences.length > 0) process.stdout.write(formatSilences(silences, Date.now()));
}

async function act(id: string, what: 'acknowledge' | 'resolve', options: Options): Promise<void> {
  const alert = (await post(`/alerts/${encodeURIComponent(id)}/${what}`, options)) as AlertJson;
  say(`Alert ${alert.id} is ${what}d: ${alert.title}.`, 'good');
}

async function silence({ kind, origin, subject, for: forMs, ...rest }: SilenceOptions) {
  const match = { kind, origin, subject };
  const named = Object.values(match).filter((pattern) => pattern !== undefined);
  if (named.length === 0) {
    throw unusable('Say which alerts: --kind, --origin or --subject.');
  }
  const made = (await post('/silences', rest, { ...match, for_ms: forMs })) as SilenceJson;
  say(`Silence ${made.id}: ${silenceText(made)}.`, 'good');
}

async function unsilence(id: string, options: Options): Promise<void> {
  await post(`/silences/${encodeURIComponent(id)}/end`, options);
  say(`Silence ${id} is over.`, 'good');
}

async function post(path: string, { config, by, note = '' }: Options, more = {}): Promise<unknown> {
  const body = { by: whoDoesIt(by), note, ...more };
  return await askMonitor(config, { method: 'POST', path, body });
}
