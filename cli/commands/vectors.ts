/** `tecp vectors run`: whether a foreign implementation answers as the specification has it. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { EXIT, unusable } from '#cli/lib/errors.ts';
import { formatFacts, plural, printable, printLine, printSlowly } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import { readVectors, type Vector } from '#cli/vectors/cases.ts';
import { compareAnswers } from '#cli/vectors/compare.ts';
import { LineProcess, type Reply } from '#cli/vectors/line-process.ts';

const FOLDER = fileURLToPath(new URL('../../sdk/vectors', import.meta.url));

/** Of an answer; what is longer is cut. */
const SHOWN_BYTES = 2000;

const DETAILS = `
The command reads requests from standard input, one JSON object in a line, and writes one answer in a
line for each, as docs/spec/verifier.md says. Each answer is compared byte for byte with the canonical
form of the one that is expected. Where the command ends or does not answer, it is started anew for the
next case. sdk/vectors/README.md says what the vectors are.

Exit codes: 0 every answer is as expected, 1 there are differences, 2 nothing was compared.

Examples:
  $ ./tecp vectors run -- .sdk/bin/tecp-verify-go --lines
  $ ./tecp vectors run --only policy: -- python3 my-verifier.py
  $ ./tecp vectors run --only "note: a name of 256 bytes" -- ./my-verifier`;

const EXAMPLE = `
Example:
  $ ./tecp vectors run -- .sdk/bin/tecp-verify-go --lines`;

interface RunOptions {
  readonly vectors: string;
  readonly only?: string;
  readonly timeout: number;
}

export function vectorsCommand(): Command {
  const command = new Command('vectors')
    .description('Vectors that every implementation passes.')
    // So that the options after the command to run are its own.
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLE);
  command
    .command('run')
    .description('Asks a command all vectors, and prints each answer that is not as expected.')
    .usage('[options] -- <command> [args...]')
    .argument('<command>', 'the implementation to test')
    .argument('[args...]', 'its arguments')
    .passThroughOptions()
    .option('--vectors <folder>', 'folder with the files *.vectors.json', FOLDER)
    .option('--only <text>', 'only cases whose "<file>: <name>" has this text in it')
    .option('--timeout <seconds>', 'longest wait for an answer', seconds, 60)
    .addHelpText('after', DETAILS)
    .action(run);
  return command;
}

async function run(command: string, args: string[], options: RunOptions): Promise<void> {
  const { vectors: folder, only = '', timeout } = options;
  if (folder === FOLDER && !existsSync(folder)) {
    throw unusable('The vectors are in the source repository: name their folder by --vectors.');
  }
  const vectors = readVectors(folder).filter(({ file, name }) => `${file}: ${name}`.includes(only));
  if (vectors.length === 0) throw unusable('No case has the text of --only in its name.');
  const underTest = new LineProcess(command, args, timeout * 1000);
  const { asked, differences, ending } = await compareAnswers(underTest, vectors, tell);
  if (asked < vectors.length) {
    printLine(
      `Given up after ${plural(asked, 'case')} of ${vectors.length}: it ended or was silent too often.`,
    );
  }
  if (ending !== undefined) printLine(`The command ${ending}.`);
  printLine(`${plural(asked, 'case')}, ${plural(differences, 'difference')}.`);
  process.exitCode = differences === 0 && ending === undefined ? EXIT.ok : EXIT.failed;
}

async function tell({ file, name, why, answer }: Vector, reply: Reply): Promise<void> {
  const got = 'line' in reply ? shown(reply.line) : `nothing: it ${reply.fault}`;
  const facts = formatFacts([
    ['why', printable(why)],
    ['expected', shown(answer)],
    ['got', got],
  ]);
  await printSlowly(`${paint('bad', 'DIFFERENT')} ${file}: ${printable(name)}\n${facts}`);
}

function shown(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, SHOWN_BYTES));
  const rest = bytes.length > SHOWN_BYTES ? `... (${bytes.length} bytes)` : '';
  return printable(text) + rest;
}

function seconds(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a number of seconds from 1 to 99999.');
}
