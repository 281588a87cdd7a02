/** `tecp monitor test-alert`: a real message through the sinks of a monitor that runs. */
import { Command } from 'commander';
import { EXIT } from '#cli/lib/errors.ts';
import { formatTable, printable, printJson, say } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import type { TestedSink } from '#monitor/operator/test-alert.ts';
import { askMonitor, configOption } from './ask.ts';

interface Options {
  readonly config: string;
  readonly sink?: string;
  readonly json?: true;
}

const DETAILS = `
The message says that it is a test, and passes what waits for the sink. It is sent by the monitor itself,
so what works here works for an alert.
  taken    the other side has it
  refused  the other side does not take this message
  away     nobody was there, or nobody let us in

Exit codes: 0 every sink took it, 1 one did not, or there is none, 2 no monitor runs.

Example:
  $ ./tecp monitor test-alert --config /etc/tecp/monitor.yaml`;

export function testAlertCommand(): Command {
  return new Command('test-alert')
    .description('Sends a test through every sink of alerts, and says what became of it.')
    .addOption(configOption())
    .option('--sink <name>', 'only through this one')
    .option('--json', 'one JSON object')
    .addHelpText('after', DETAILS)
    .action(testAlert);
}

async function testAlert({ config, sink, json }: Options): Promise<void> {
  const request = { method: 'POST', path: '/test-alert', body: { sink } } as const;
  const { sinks } = (await askMonitor(config, request)) as { sinks: TestedSink[] };
  const isTaken = sinks.length > 0 && sinks.every(({ outcome }) => outcome === 'taken');
  if (!isTaken) process.exitCode = EXIT.failed;
  if (json) return printJson({ sinks });
  if (sinks.length === 0) {
    return say('No sink is configured: alerts are in the log and on the page only.', 'bad');
  }
  const rows = sinks.map(({ sink: name, outcome, reason = '', ms }) => [
    name,
    paint(outcome === 'taken' ? 'good' : 'bad', outcome),
    `${ms} ms`,
    printable(reason),
  ]);
  process.stdout.write(formatTable(rows));
}
