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

/** A flag with a number, and what it says. What it is without the flag is in the script. */
type Option = readonly [name: string, meaning: string];

const BENCHMARKS: readonly (readonly [name: string, description: string, ...Option[]])[] = [
  [
    'limits',
    'What this machine itself can do, beside which the others stand.',
    ['seconds', 'how long to verify with each provider'],
  ],
  [
    'submissions',
    'What a submission costs a log server: one by one, again, and in batches.',
    ['entries', 'entries to submit for each line'],
  ],
  [
    'before',
    'The same beside an earlier version, and with one worker beside two.',
    ['entries', 'entries of each round'],
    ['rounds', 'rounds of each'],
  ],
  [
    'tessera',
    "Opaque entries beside Tessera's POSIX log (needs Go).",
    ['entries', 'entries of each round'],
    ['rounds', 'rounds of each'],
  ],
  [
    'proofs',
    'How long a submitter waits for a cosigned proof.',
    ['seconds', 'how long to offer a thousand each second'],
  ],
  [
    'reads',
    'What each kind of read costs a log server, beside a bare echo.',
    ['requests', 'requests of each kind'],
  ],
  [
    'saturation',
    'How long anybody waits at a witness that has more to do than it can.',
    ['seconds', 'how long to keep it busy'],
  ],
  [
    'witness',
    'Checkpoints that a witness cosigns, beside omniwitness (needs Go).',
    ['logs', 'logs that it follows'],
    ['rounds', 'checkpoints of each'],
    ['connections', 'requests at once'],
  ],
  [
    'audit',
    'Re-deriving a log, beside bare verification of its signatures.',
    ['entries', 'receipts in the log'],
    ['rounds', 'rounds of each'],
  ],
  [
    'growth',
    'What entries, proofs and a start cost as a log grows, and the room it takes.',
    ['to', 'entries at the end; 10000000 takes about half an hour'],
    ['bytes', 'bytes of an entry, about'],
    ['workers', 'front ends of the log server'],
  ],
  [
    'explorer',
    "An explorer's index: appending, each kind of search with its proofs, and the whole indexer.",
    ['entries', 'entries of the index'],
    ['asked', 'searches of each kind'],
  ],
  [
    'postgres',
    'Submissions and proofs of a log on PostgreSQL beside one on SQLite, and of two front ends.',
    ['entries', 'receipts submitted one by one'],
    ['to', 'entries of the log whose proofs are asked for'],
  ],
  [
    'stores',
    'The store on PostgreSQL beside the one on SQLite, without HTTP.',
    ['to', 'entries at the end'],
    ['entries', 'entries sequenced in batches of each size'],
  ],
  [
    'regions',
    'A log in three regions, with their delays, and with one cut off (Linux, root, Python).',
    ['samples', 'how often each thing is asked for'],
    ['entries', 'entries of the log before that'],
  ],
  ['sdk', 'Creating and verifying in each SDK beside the bare signature, and sizes of receipts.'],
  [
    'startup',
    'Processor time that the installed package takes to start.',
    ['starts', 'starts of each'],
  ],
];

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
  for (const [name, description, ...options] of BENCHMARKS) {
    const benchmark = command.command(name).description(description).action(start);
    for (const [flag, meaning] of options) {
      benchmark.option(`--${flag} <n>`, meaning, positiveInteger);
    }
  }
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
