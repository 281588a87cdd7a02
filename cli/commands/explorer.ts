/** `tecp explorer`: an explorer as this process, of a configuration file or of one log by flags. */
import { Command, Option } from 'commander';
import { checkAlone, trustOfFlags } from '#cli/lib/config-or-flags.ts';
import { unusable } from '#cli/lib/errors.ts';
import { listenAddress } from '#cli/lib/listen-address.ts';
import { checkUrl } from '#cli/lib/log-target.ts';
import { logOption, trustOption } from '#cli/lib/options.ts';
import { loadConfig, parseConfig } from '#service/config.ts';

interface ExplorerFlags {
  readonly config?: string;
  readonly log?: string;
  readonly trust?: string;
  readonly vkey?: string;
  readonly database?: string;
  readonly listen?: string;
}

const DETAILS = `
Follows logs of C2SP tlog-tiles, this project's or anybody's, and lets people and programs search what is in them.
Nothing is believed of a log: its checkpoint needs its signature and the quorum of the policy file, has to go on
from all that was read before, and each entry has to be in that tree. With --vkey, for a log that nobody has a policy
for, no quorum is checked. A log that contradicts itself is shown with the evidence, and nothing more is read of it.

The index is made out of the logs, and goes on where it was after kill -9. It may be removed: then it is made again.

With flags it follows one log. --config names a file for any number of logs, with all limits
(deploy/examples/explorer.yaml). Logs JSON lines on standard output, until it is told to stop (SIGTERM or Ctrl-C).

Examples:
  $ ./tecp explorer --log http://127.0.0.1:8400 --policy data/policy.txt --database explorer.db
  $ ./tecp explorer --log https://log.example.org --vkey log.example.org+… --database explorer.db
  $ ./tecp explorer --config /etc/tecp/explorer.yaml`;

export function explorerCommand(): Command {
  const policy = trustOption('policy file: which logs to believe, and which quorum they need');
  return new Command('explorer')
    .description('Follows logs, verifies all that is in them, and lets everybody search it.')
    .addOption(logOption('URL prefix of the log'))
    .addOption(policy)
    .addOption(new Option('--vkey <key>', 'the verifier key of the log: no quorum is checked'))
    .option('--database <file>', 'the index, made if it is not there')
    .option('--listen <host:port>', 'where it is served (default: 127.0.0.1:8430)')
    .option('--config <file>', 'YAML configuration, instead of all others')
    .addHelpText('after', DETAILS)
    .action(explore);
}

async function explore(flags: ExplorerFlags, command: Command): Promise<void> {
  const { explorerConfigSchema } = await import('#explorer/config.ts');
  const { runExplorer } = await import('#explorer/server.ts');
  if (flags.config !== undefined) {
    checkAlone(command);
    await runExplorer(loadConfig(flags.config, explorerConfigSchema));
  }
  const settings = JSON.stringify(settingsOf(flags, command));
  await runExplorer(parseConfig(settings, 'the command line', explorerConfigSchema));
}

/** As a configuration with the same words would have them. */
function settingsOf(flags: ExplorerFlags, command: Command): object {
  const { log, database, listen } = flags;
  if (log === undefined || database === undefined) {
    throw unusable('Name a log with --log and a file for the index with --database, or --config.');
  }
  return {
    logs: [{ url: checkUrl(log), ...trustOfFlags(flags, command) }],
    database,
    listen: listen && listenAddress(listen, '127.0.0.1:8430'),
  };
}
