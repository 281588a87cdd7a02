/** `tecp witness keys`: which keys a witness signs with, changed while it runs. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError } from '#cli/lib/errors.ts';
import { formatTable, formatTime, printable, printJson, printLine, say } from '#cli/lib/print.ts';
import type { ListedKey } from '#witness/operator/keys.ts';
import { askWitness, configOption } from './ask.ts';

interface Options {
  readonly config: string;
  readonly json?: true;
}

interface AddOptions extends Options {
  readonly sshAgent?: string;
  readonly vkey?: string;
}

const EXAMPLES = `
A witness signs with every key that is not retired, several of a kind if there are. A change counts at
once, and stays over restarts. A key that was retired stays published and never signs again, also where
the configuration still names it.

Examples:
  $ ./tecp witness keys list --config witness.yaml
  $ ./tecp witness keys add new.key --config witness.yaml
  $ ./tecp witness keys retire 1923a7fa --config witness.yaml`;

const ADD_DETAILS = `
A key file, as "tecp keygen --type witness" writes it, which must stay where it is; or the verifier key of
an Ed25519 key that an ssh-agent keeps. "witness keys agent" prints the verifier keys of what an agent
holds. The key has to sign something before it counts.`;

export function keysCommand(): Command {
  const command = new Command('keys')
    .description('Which keys a witness signs with.')
    .enablePositionalOptions()
    .addHelpText('after', EXAMPLES);
  command
    .command('list')
    .description('Lists the keys of the witness, those that are retired too.')
    .addOption(configOption())
    .option('--json', 'one JSON array')
    .action(list);
  command
    .command('add')
    .description('Signs with another key from now on.')
    .argument('[file]', 'key file')
    .addOption(configOption())
    .option('--ssh-agent <socket>', 'an agent that keeps the key')
    .option('--vkey <key>', 'which of its keys, as a verifier key')
    .addHelpText('after', ADD_DETAILS)
    .action(add);
  command
    .command('retire')
    .description('Never signs with a key again. The last one cannot be retired.')
    .argument('<id>', 'key ID: the eight digits after the name')
    .addOption(configOption())
    .action(retire);
  command
    .command('agent')
    .description('Prints the verifier keys of the Ed25519 keys that an ssh-agent holds.')
    .argument('<socket>', "the agent's socket, as in SSH_AUTH_SOCK")
    .requiredOption('--name <name>', 'name of the witness')
    .action(agent);
  return command;
}

async function list({ config, json }: Options): Promise<void> {
  const keys = (await askWitness(config, { method: 'GET', path: '/keys' })) as ListedKey[];
  if (json) return printJson(keys);
  const rows = keys.map(({ id, vkey, source, retired_at: at }) => {
    const state = at === undefined ? 'signs' : `retired ${formatTime(at)}`;
    return [id, state, printable(source), shortened(vkey)];
  });
  process.stdout.write(formatTable([['id', 'state', 'source', 'verifier key'], ...rows]));
}

async function add(file: string | undefined, options: AddOptions): Promise<void> {
  const { config, sshAgent, vkey } = options;
  const source = sourceOf(file === undefined ? undefined : resolve(file), sshAgent, vkey);
  const body = { source };
  const key = (await askWitness(config, { method: 'POST', path: '/keys/add', body })) as ListedKey;
  say(`The key ${key.id} signs from now on. Give its verifier key to whoever verifies.`, 'good');
  printLine(key.vkey);
}

function sourceOf(
  file: string | undefined,
  sshAgent: string | undefined,
  vkey: string | undefined,
) {
  if (file !== undefined && sshAgent === undefined && vkey === undefined) return file;
  if (file === undefined && sshAgent !== undefined && vkey !== undefined) {
    return { ssh_agent: resolve(sshAgent), vkey };
  }
  throw new CommandError('Give a key file, or --ssh-agent and --vkey.');
}

async function retire(id: string, { config }: Options): Promise<void> {
  await askWitness(config, { method: 'POST', path: '/keys/retire', body: { id } });
  say(
    `The key ${id} never signs again. It stays published; take it out of the configuration.`,
    'good',
  );
}

async function agent(socket: string, { name }: { name: string }): Promise<void> {
  const { SshAgent } = await import('#service/ssh-agent.ts');
  const { KEY_TYPES, makeVerifierKey } = await import('#protocol/note/key.ts');
  const identities = await new SshAgent(resolve(socket)).identities();
  if (identities.length === 0) throw new CommandError('The agent holds no Ed25519 key.');
  for (const { publicKey } of identities) {
    printLine(makeVerifierKey(name, KEY_TYPES.cosignatureEd25519, publicKey).text);
  }
}

/** An ML-DSA-44 key fills a screen. */
function shortened(vkey: string): string {
  return printable(vkey.length > 120 ? `${vkey.slice(0, 100)}...` : vkey);
}
