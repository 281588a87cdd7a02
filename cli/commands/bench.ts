/**
 * `tecp bench`: starts one of the scripts of test/bench, once the launcher has installed the
 * development tools that they need. They are no part of the installed package.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';

const EXAMPLES = `
Each prints a table with its conditions; numbers belong to one machine and one moment.

Examples:
  $ ./tecp bench                       "bench speed" with 20,000 entries
  $ ./tecp bench speed --entries 2000 --monitor
  $ ./tecp bench saturation --seconds 5`;

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Measures how fast this program is on this machine.')
    .addHelpText('after', EXAMPLES);
  command
    .command('speed', { isDefault: true })
    .description('Submissions, proofs and reads of a log with three witnesses (the default).')
    .option('--entries <n>', 'entries to submit one by one', positiveInteger, 20_000)
    .option('--monitor', 'have a monitor follow the log')
    .action(start);
  command
    .command('reads')
    .description('What each kind of read costs a log server.')
    .option('--requests <n>', 'requests of each kind', positiveInteger, 1500)
    .action(start);
  command
    .command('saturation')
    .description('How long anybody waits at a witness that has more to do than it can.')
    .option('--seconds <n>', 'how long to keep it busy', positiveInteger, 10)
    .action(start);
  command
    .command('witness')
    .description('Checkpoints that a witness cosigns, beside durable transactions of SQLite.')
    .option('--logs <n>', 'logs that it follows', positiveInteger, 1000)
    .option('--rounds <n>', 'checkpoints of each', positiveInteger, 3)
    .option('--connections <n>', 'requests at once', positiveInteger, 64)
    .action(start);
  command
    .command('audit')
    .description('Re-deriving a log, beside bare verification of its signatures.')
    .option('--entries <n>', 'receipts in the log', positiveInteger, 16_384)
    .option('--rounds <n>', 'rounds of each', positiveInteger, 5)
    .action(start);
  return command;
}

/** Runs the script of that name in this process, as if it had been started by itself. */
async function start(options: Record<string, number | true>, command: Command): Promise<void> {
  const script = new URL(`../../test/bench/${command.name()}.ts`, import.meta.url);
  if (!existsSync(script)) {
    throw unusable('The benchmarks are in the source repository: use "./tecp bench" there.');
  }
  const words = Object.entries(options).map(([name, value]) =>
    value === true ? `--${name}` : `--${name}=${value}`,
  );
  process.argv = [process.execPath, fileURLToPath(script), ...words];
  say(`measuring: ${command.name()}; this takes a while ...`);
  await import(script.href);
}

function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 to 9999999.');
}
