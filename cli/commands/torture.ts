/**
 * `tecp torture`: runs the harnesses of test/torture for as long as is asked for, once the launcher has
 * installed what they need. The tests run them in a short form. They are no part of the installed package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { unusable } from '#cli/lib/errors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Longer than any of them takes: the runner's own limit would end them. */
const NO_LIMIT_MS = 7 * 24 * 3600 * 1000;

const EXAMPLES = `
Each prints its seed, which repeats its choices, and a table of what came of them; it ends with an
exit code other than 0 when a promise was broken.

Examples:
  $ ./tecp torture                        all of them, for hours
  $ ./tecp torture kill --rounds 100
  $ ./tecp torture system-calls --cases 50 --seed 7`;

export function tortureCommand(): Command {
  const command = new Command('torture')
    .description('Breaks servers in every way that a machine can, and checks what they promised.')
    .addHelpText('after', EXAMPLES)
    .action(() => {
      for (const harness of command.commands) torture(harness);
    });
  add(
    command,
    'kill',
    'Kill -9 of log, witnesses and monitor at random moments, under load.',
  ).option('--rounds <n>', 'kills', positiveInteger, 500);
  add(
    command,
    'failover',
    'Kill -9, and standing still, of whoever sequences a log that two processes run.',
  )
    .option('--rounds <n>', 'kills', positiveInteger, 50)
    .option('--stops <n>', 'times of standing still', positiveInteger, 100)
    .option('--seconds <n>', 'how long one stands still, at least', positiveInteger, 60);
  add(command, 'system-calls', 'System calls of log and witness that fail, one at a time.').option(
    '--cases <n>',
    'failing calls, of each server',
    positiveInteger,
    500,
  );
  add(command, 'torn-writes', 'Log and witness opened on what a loss of power leaves.').option(
    '--states <n>',
    'moments and kinds of loss',
    positiveInteger,
    2000,
  );
  add(command, 'exhaustion', 'Servers that lack descriptors, memory, room or a fast disk.');
  add(command, 'overload', 'A log server that is asked for ten times what it can do.').option(
    '--seconds <n>',
    'how long each kind of overload lasts',
    positiveInteger,
    60,
  );
  return command;
}

function add(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--seed <n>', 'repeat the choices of the run that printed it', positiveInteger)
    .action((_, command: Command) => torture(command));
}

/** Runs one to its end, and ends this process where it fails. */
function torture(harness: Command): void {
  const test = `test/torture/${harness.name()}.test.ts`;
  const vitest = `${ROOT}node_modules/vitest/vitest.mjs`;
  if (!existsSync(ROOT + test)) {
    throw unusable('The harnesses are in the source repository: use "./tecp torture" there.');
  }
  const { seed, ...numbers } = harness.opts<Record<string, number>>();
  const env = Object.entries(numbers).map(([name, n]) => [`TECP_TORTURE_${name.toUpperCase()}`, n]);
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project=system', `--testTimeout=${NO_LIMIT_MS}`, test],
    {
      cwd: ROOT,
      env: {
        ...process.env,
        ...Object.fromEntries(env),
        ...(seed !== undefined && { TECP_TEST_SEED: String(seed) }),
      },
      stdio: 'inherit',
    },
  );
  if (status !== 0) process.exit(status ?? 1);
}

function positiveInteger(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number from 1 to 9999999999.');
}
