/**
 * `tecp bench`: starts one of the scripts of test/bench, or all of them, once the launcher has installed the
 * development tools that they need. They are no part of the installed package.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';

const EXAMPLES = `
Each prints a table with its conditions; numbers belong to one machine and one moment, so what counts
are the ratios. docs/PERFORMANCE.md says what was promised and what limits each.

Examples:
  $ ./tecp bench                       all of them, in their short forms, as one table
  $ ./tecp bench submissions --entries 2000
  $ ./tecp bench saturation --seconds 5`;

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Measures how fast this program is on this machine.')
    .addHelpText('after', EXAMPLES);
  command
    .command('all', { isDefault: true })
    .description(
      'All of them, beside what was promised, in under a quarter of an hour (the default).',
    )
    .option('--json <file>', 'write the rows to this file, too')
    .action(start);
  command
    .command('limits')
    .description('What this machine itself can do, beside which the others stand.')
    .option('--seconds <n>', 'how long to verify with each provider', positiveInteger, 1)
    .action(start);
  command
    .command('submissions')
    .description('What a submission costs a log server: one by one, again, and in batches.')
    .option('--entries <n>', 'entries to submit for each line', positiveInteger, 6000)
    .action(start);
  command
    .command('before')
    .description('The same beside an earlier version, and with one worker beside two.')
    .option('--entries <n>', 'entries of each round', positiveInteger, 5000)
    .option('--rounds <n>', 'rounds of each', positiveInteger, 3)
    .action(start);
  command
    .command('tessera')
    .description("Opaque entries beside Tessera's POSIX log (needs Go).")
    .option('--entries <n>', 'entries of each round', positiveInteger, 8000)
    .option('--rounds <n>', 'rounds of each', positiveInteger, 2)
    .action(start);
  command
    .command('proofs')
    .description('How long a submitter waits for a cosigned proof.')
    .option('--seconds <n>', 'how long to offer a thousand each second', positiveInteger, 4)
    .action(start);
  command
    .command('reads')
    .description('What each kind of read costs a log server, beside a bare echo.')
    .option('--requests <n>', 'requests of each kind', positiveInteger, 3000)
    .action(start);
  command
    .command('saturation')
    .description('How long anybody waits at a witness that has more to do than it can.')
    .option('--seconds <n>', 'how long to keep it busy', positiveInteger, 10)
    .action(start);
  command
    .command('witness')
    .description('Checkpoints that a witness cosigns, beside omniwitness (needs Go).')
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
  command
    .command('growth')
    .description('What entries, proofs and a start cost as a log grows, and the room it takes.')
    .option(
      '--to <n>',
      'entries at the end; 10000000 takes about half an hour',
      positiveInteger,
      100_000,
    )
    .option('--bytes <n>', 'bytes of an entry, about', positiveInteger, 700)
    .option('--workers <n>', 'front ends of the log server', positiveInteger, 2)
    .action(start);
  command
    .command('startup')
    .description('Processor time that the installed package takes to start.')
    .option('--starts <n>', 'starts of each', positiveInteger, 7)
    .action(start);
  return command;
}

/** Runs the script of that name in this process, as if it had been started by itself. */
async function start(options: Record<string, number | string>, command: Command): Promise<void> {
  const script = new URL(`../../test/bench/${command.name()}.ts`, import.meta.url);
  if (!existsSync(script)) {
    throw unusable('The benchmarks are in the source repository: use "./tecp bench" there.');
  }
  const words = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  process.argv = [process.execPath, fileURLToPath(script), ...words];
  say(`measuring: ${command.name()}; this takes a while ...`);
  await import(script.href);
}

function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 to 99999999.');
}
