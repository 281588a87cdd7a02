/**
 * The command line: `tecp <command>`. Started by `main.ts`.
 *
 * Only the module of the command that was asked for is loaded, so each starts as fast as what it
 * needs. Whatever happens, the process ends with one of the exit codes of `lib/errors.ts`.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT, endingOf } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';
import { asCalled, commandLine } from '#cli/lib/shell.ts';
import { describeFileError, sentence } from '#service/errors.ts';

interface Entry {
  readonly name: string;
  readonly group: string;
  readonly summary: string;
  /** The whole command, with its options and examples. */
  readonly load: () => Promise<Command>;
}

const NETWORK = 'A network on this machine:';
const RECEIPTS = 'Receipts:';
const CHECKING = 'Checking:';
const ROLES = 'One role, for real deployments:';
const TOOLS = 'Tools:';

const COMMANDS: readonly Entry[] = [
  {
    name: 'up',
    group: NETWORK,
    summary: 'start a log, its witnesses, a monitor and an explorer',
    load: async () => (await import('#cli/commands/up.ts')).upCommand(),
  },
  {
    name: 'down',
    group: NETWORK,
    summary: 'stop what "up" started',
    load: async () => (await import('#cli/commands/down.ts')).downCommand(),
  },
  {
    name: 'status',
    group: NETWORK,
    summary: 'show what runs, how far it is, and what is wrong',
    load: async () => (await import('#cli/commands/status.ts')).statusCommand(),
  },
  {
    name: 'logs',
    group: NETWORK,
    summary: 'show what the processes have to say',
    load: async () => (await import('#cli/commands/logs.ts')).logsCommand(),
  },
  {
    name: 'run',
    group: RECEIPTS,
    summary: 'run a command and get a logged receipt for it',
    load: async () => (await import('#cli/commands/run.ts')).runCommand(),
  },
  {
    name: 'receipt',
    group: RECEIPTS,
    summary: 'create a receipt, or show what one says',
    load: async () => (await import('#cli/commands/receipt.ts')).receiptCommand(),
  },
  {
    name: 'submit',
    group: RECEIPTS,
    summary: 'send receipts to a log',
    load: async () => (await import('#cli/commands/submit.ts')).submitCommand(),
  },
  {
    name: 'proof',
    group: RECEIPTS,
    summary: 'fetch the offline proof of an entry',
    load: async () => (await import('#cli/commands/proof.ts')).proofCommand(),
  },
  {
    name: 'verify',
    group: CHECKING,
    summary: 'verify receipts, offline',
    load: async () => (await import('#cli/commands/verify.ts')).verifyCommand(),
  },
  {
    name: 'audit',
    group: CHECKING,
    summary: 'check a whole log, entry by entry',
    load: async () => (await import('#cli/commands/audit.ts')).auditCommand(),
  },
  {
    name: 'ls',
    group: CHECKING,
    summary: 'list the entries of a log',
    load: async () => (await import('#cli/commands/ls.ts')).lsCommand(),
  },
  {
    name: 'tail',
    group: CHECKING,
    summary: 'show the newest entries of a log, and follow',
    load: async () => (await import('#cli/commands/tail.ts')).tailCommand(),
  },
  {
    name: 'show',
    group: CHECKING,
    summary: 'show one entry of a log, with its proof',
    load: async () => (await import('#cli/commands/show.ts')).showCommand(),
  },
  {
    name: 'evidence',
    group: CHECKING,
    summary: 'verify evidence against a log or a witness, offline',
    load: async () => (await import('#cli/commands/evidence.ts')).evidenceCommand(),
  },
  {
    name: 'shards',
    group: CHECKING,
    summary: "sign or show the list of an operator's logs",
    load: async () => (await import('#cli/commands/shards.ts')).shardsCommand(),
  },
  {
    name: 'gossip',
    group: CHECKING,
    summary: 'ask a monitor whether everybody sees what you saw',
    load: async () => (await import('#cli/commands/gossip.ts')).gossipCommand(),
  },
  {
    name: 'log',
    group: ROLES,
    summary: 'run a log server',
    load: async () => (await import('#cli/commands/log.ts')).logCommand(),
  },
  {
    name: 'witness',
    group: ROLES,
    summary: 'run a witness',
    load: async () => (await import('#cli/commands/witness.ts')).witnessCommand(),
  },
  {
    name: 'monitor',
    group: ROLES,
    summary: 'run a monitor',
    load: async () => (await import('#cli/commands/monitor.ts')).monitorCommand(),
  },
  {
    name: 'bastion',
    group: ROLES,
    summary: 'run a bastion, for witnesses without an address',
    load: async () => (await import('#cli/commands/bastion.ts')).bastionCommand(),
  },
  {
    name: 'mirror',
    group: ROLES,
    summary: 'copy a log, verify all of it, and serve the copy',
    load: async () => (await import('#cli/commands/mirror.ts')).mirrorCommand(),
  },
  {
    name: 'explorer',
    group: ROLES,
    summary: 'run an explorer: search logs, and check them in a browser',
    load: async () => (await import('#cli/commands/explorer.ts')).explorerCommand(),
  },
  {
    name: 'keygen',
    group: TOOLS,
    summary: 'make a key for a log, a witness or an issuer',
    load: async () => (await import('#cli/commands/keygen.ts')).keygenCommand(),
  },
  {
    name: 'key',
    group: TOOLS,
    summary: 'show a key and its fingerprint',
    load: async () => (await import('#cli/commands/key.ts')).keyCommand(),
  },
  {
    name: 'policy',
    group: TOOLS,
    summary: 'make and check policy files: whom to trust',
    load: async () => (await import('#cli/commands/policy.ts')).policyCommand(),
  },
  {
    name: 'vectors',
    group: TOOLS,
    summary: 'test an implementation of another hand against the vectors',
    load: async () => (await import('#cli/commands/vectors.ts')).vectorsCommand(),
  },
  {
    name: 'test',
    group: TOOLS,
    summary: 'run the tests of this project',
    load: async () => (await import('#cli/commands/test.ts')).testCommand(),
  },
  {
    name: 'bench',
    group: TOOLS,
    summary: 'measure how fast this program is',
    load: async () => (await import('#cli/commands/bench.ts')).benchCommand(),
  },
  {
    name: 'sdk',
    group: TOOLS,
    summary: 'build the SDKs in four languages, and compare them',
    load: async () => (await import('#cli/commands/sdk.ts')).sdkCommand(),
  },
  {
    name: 'torture',
    group: TOOLS,
    summary: 'break this program in every way, and check what it promised',
    load: async () => (await import('#cli/commands/torture.ts')).tortureCommand(),
  },
];

const EXAMPLES = `
Examples:
  $ ./tecp up                                               start a network on this machine
  $ ./tecp run --claim no_retention -- sha256sum README.md  get a receipt for real work
  $ ./tecp verify sha256sum-*.tecp.json --policy data/policy.txt
  $ ./tecp audit http://127.0.0.1:8400 --policy data/policy.txt

Environment, for every command; a flag goes before it: TECP_DATA (--data), TECP_LOG (--log),
TECP_POLICY (the policy file of whom to trust), TECP_KEY (--key, the issuer's).

Exit codes: 0 done or valid, 1 invalid or failed, 2 unreadable input, wrong usage or configuration,
3 genuine but less than was asked for ("verify" and "evidence" say when).`;

function version(): string {
  const path = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

function helpCommand(): Command {
  return new Command('help')
    .argument('[command]')
    .summary('show help of a command')
    .helpOption(false)
    .helpGroup(TOOLS);
}

/** The command of these arguments in full, and every other one with its name and summary only. */
async function buildProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('tecp')
    .description('A witnessed transparency log for computation receipts.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help; also after a command')
    .addHelpCommand(helpCommand())
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES)
    .hook('preAction', (_, command) => refuseEmptyValues(command));
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const wanted = first === 'help' ? second : first;
  for (const { name, group, summary, load } of COMMANDS) {
    const command = name === wanted ? await load() : new Command(name);
    program.addCommand(command.summary(summary).helpGroup(group));
  }
  prepare(program);
  return program;
}

/** An empty value is a variable of a script that was not set. */
function refuseEmptyValues(command: Command): void {
  const values: Record<string, unknown> = command.opts();
  for (const option of command.options) {
    const value = values[option.attributeName()];
    if (value !== '' && !(Array.isArray(value) && value.includes(''))) continue;
    command.error(`error: option '${option.flags}' needs a value that is not empty.`);
  }
}

/** Usage errors become our sentences and our exit code, at every depth; `path` leads to the command. */
function prepare(command: Command, path: readonly string[] = []): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => process.stdout.write(asCalled(text)),
    writeErr: (text) => process.stderr.write(asCalled(text)),
    outputError: (text) => refuseWord(text, command, path) || sayUsageError(text, path),
  });
  for (const subcommand of command.commands) prepare(subcommand, [...path, subcommand.name()]);
}

/** A word after a command that is a family of commands, too, is none of them; the library calls it an argument. */
function refuseWord(text: string, command: Command, path: readonly string[]): boolean {
  const word = /^error: too many arguments .* got \d+: ([^,]*)(?:, .*)?\.\n$/.exec(text)?.[1];
  // The default of a family is called without its name.
  const isNamed = process.argv.includes(command.name());
  const family = isNamed ? command : command.parent;
  if (word === undefined || !family?.commands.length) return false;
  sayUsageError(`unknown command '${word}'.`, isNamed ? path : path.slice(0, -1));
  return true;
}

/** What is wrong, what may have been meant, and which command explains it. */
function sayUsageError(text: string, path: readonly string[]): void {
  const [what = '', guess] = text
    .trimEnd()
    .replace(/^error: /, '')
    .split(/\n\((?=Did you mean )/);
  const meant = guess === undefined ? '' : ` ${guess.replace(/\)$/, '')}`;
  say(`${sentence(what)}${meant}`, 'bad');
  say(`see: ${commandLine(...path, '--help')}`);
}

async function main(args: readonly string[]): Promise<void> {
  try {
    const program = await buildProgram(args);
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.unusable;
      return;
    }
    const { message, exitCode } = endingOf(error);
    say(message, 'bad');
    process.exitCode = exitCode;
  }
}

// A reader that went away, as in `tecp --help | head -1`, is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  say(`Cannot write to standard output: ${describeFileError(error)}.`, 'bad');
  process.exitCode = EXIT.unusable;
});
// There is nowhere left to say that standard error cannot be written.
process.stderr.on('error', () => undefined);

await main(process.argv.slice(2));
