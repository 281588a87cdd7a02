/** `tecp tail`: the newest entries of a log, and those that come. */
import { Command } from 'commander';
import { LogView } from '#cli/browse/log-view.ts';
import { printEntries, sayStanding } from '#cli/browse/print-entries.ts';
import {
  addLogOptions,
  type LogTarget,
  type LogTargetOptions,
  openLogTarget,
} from '#cli/lib/log-target.ts';
import { integerBetween } from '#cli/lib/options.ts';
import { say } from '#cli/lib/print.ts';
import { RemoteError } from '#client/http.ts';
import { TILE_WIDTH } from '#protocol/merkle/tiles.ts';
import { sleep } from '#service/schedule.ts';

interface TailOptions extends LogTargetOptions {
  readonly lines: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

const POLL_MS = 1000;
const DEFAULT_LINES = 10;
const MAX_LINES = 100_000;

const DETAILS = `
Followed, each new tree has to extend the one before: a log that shows another history ends this
with exit code 1. A log that does not answer is asked again.

Examples:
  $ ./tecp tail
  $ ./tecp tail --follow --lines 0 --json`;

export function tailCommand(): Command {
  return addLogOptions(new Command('tail'))
    .description('Shows the newest entries of a log, and those that come.')
    .option('-f, --follow', 'go on with what is published, until Ctrl-C')
    .option('-n, --lines <n>', 'so many of the newest', integerBetween(0, MAX_LINES), DEFAULT_LINES)
    .option('--json', 'print one line of JSON for each entry')
    .addHelpText('after', DETAILS)
    .action(tail);
}

async function tail(options: TailOptions): Promise<void> {
  const { lines, follow, json = false } = options;
  const target = await openLogTarget(options);
  const view = await LogView.open(target);
  sayStanding(view);
  await printEntries(view, Math.max(0, view.size - lines), view.size, json);
  if (follow) await followOn(target, view, json);
}

/** Until standard output is closed. */
async function followOn(target: LogTarget, first: LogView, json: boolean): Promise<void> {
  const ended = new AbortController();
  process.stdout.once('error', () => ended.abort());
  let last = first;
  let next = first.size;
  let isAway = false;
  while (await sleep(POLL_MS, ended.signal)) {
    try {
      const view = await LogView.open(target);
      if (isAway) say('the log answers again.');
      isAway = false;
      // A smaller one is an older answer, out of a cache on the way.
      if (view.size < last.size) continue;
      await view.checkExtends(last);
      if (view.standing.kind !== last.standing.kind) sayStanding(view);
      last = view;
      // A bundle at a time, so that what was printed before a failure is not printed again.
      while (next < view.size) {
        const end = Math.min(view.size, next - (next % TILE_WIDTH) + TILE_WIDTH);
        await printEntries(view, next, end, json);
        next = end;
      }
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      if (!isAway) say(`${error.message}; asking again ...`, 'warning');
      isAway = true;
    }
  }
}
