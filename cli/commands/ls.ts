/** `tecp ls`: the entries of a log, a line each: the newest, or a range. */
import { Command } from 'commander';
import { LogView } from '#cli/browse/log-view.ts';
import { printEntries, sayStanding } from '#cli/browse/print-entries.ts';
import { addLogOptions, type LogTargetOptions, openLogTarget } from '#cli/lib/log-target.ts';
import { integerBetween } from '#cli/lib/options.ts';
import { plural, say } from '#cli/lib/print.ts';

interface LsOptions extends LogTargetOptions {
  readonly from?: number;
  readonly limit: number;
  readonly json?: boolean;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100_000;
const MAX_INDEX = 999_999_999;

const DETAILS = `
Lists published entries: index, the time that the entry states, its type, and what it is about. Each
is checked against the tree of the log's checkpoint, and the checkpoint against the policy.

Examples:
  $ ./tecp ls
  $ ./tecp ls --from 0 --limit 100
  $ ./tecp ls --log https://log.example.com --policy policy.txt --json`;

export function lsCommand(): Command {
  return addLogOptions(new Command('ls'))
    .description('Lists entries of a log: the newest, or a range.')
    .option(
      '--from <index>',
      'begin with this entry (default: so that the newest come last)',
      integerBetween(0, MAX_INDEX),
    )
    .option('--limit <n>', 'so many entries', integerBetween(1, MAX_LIMIT), DEFAULT_LIMIT)
    .option('--json', 'print one line of JSON for each entry')
    .addHelpText('after', DETAILS)
    .action(list);
}

async function list(options: LsOptions): Promise<void> {
  const { limit, json = false } = options;
  const view = await LogView.open(await openLogTarget(options));
  const start = Math.min(view.size, options.from ?? Math.max(0, view.size - limit));
  const end = Math.min(view.size, start + limit);
  await printEntries(view, start, end, json);
  sayStanding(view);
  if (json) return;
  const range = end > start ? `entries ${start} to ${end - 1} of` : 'none of';
  say(`${range} ${plural(view.size, 'entry', 'entries')}.`);
}
