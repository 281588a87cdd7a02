/** `tecp mirror`: copies a log and verifies it, once or for as long as it runs, and then serves the copy. */
import { Command, Option } from 'commander';
import { checkAlone, trustOfFlags } from '#cli/lib/config-or-flags.ts';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { listenAddress } from '#cli/lib/listen-address.ts';
import { checkUrl } from '#cli/lib/log-target.ts';
import { trustOption } from '#cli/lib/options.ts';
import { plural, printLine, say } from '#cli/lib/print.ts';
import { startProgress } from '#cli/lib/progress.ts';
import { loadConfig, parseConfig } from '#service/config.ts';

interface MirrorFlags {
  readonly config?: string;
  readonly from?: string;
  readonly to?: string;
  readonly trust?: string;
  readonly vkey?: string;
  readonly follow?: boolean;
  readonly listen?: string;
}

const SIGINT_EXIT = 130;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** For each request to the log. */
const TIMEOUT_MS = 30_000;

const DETAILS = `
Copies the public files of any log of C2SP tlog-tiles: this project's, Tessera's, anybody's. Nothing is
believed of it. Its checkpoint needs the log's signature and the quorum of the policy file, and has to go on
from all that was copied before; each entry has to be in that tree. What is not is never written over what
was verified: the command says so, and where the log has signed both, keeps evidence beside the copy.
With --vkey, for a log that nobody has a policy for, no quorum is checked.

The checkpoint is written last, so whoever reads the copy finds all that is under it. The next run goes on
from there, also after kill -9, and reads nothing again that was done.

--to is a folder, s3://bucket/prefix, or a database: a file that ends in .db, or postgres://... A database is
that of the log itself: who has the log's key can go on with it as the log (docs/BACKUP_RECOVERY.md). It holds
no entry twice, so a log that does cannot be mirrored into one.

With --follow it goes on until it is told to stop (SIGTERM or Ctrl-C), and serves the copy as the log would:
/checkpoint, /tile/..., also /healthz, /readyz and /metrics. Logs JSON lines on standard output. --config takes
the same from a file, with all limits (deploy/examples/mirror.yaml); it is meant for a service, and follows.

Exit codes: 0 all that the log shows is here, 1 it could not be verified or copied, 2 nothing was done.

Examples:
  $ ./tecp mirror --from http://127.0.0.1:8400 --policy data/policy.txt --to mirror
  $ ./tecp mirror --from https://log.example.org --vkey log.example.org+… --to log.db
  $ ./tecp mirror --from https://log.example.com --policy policy.txt --to mirror --follow --listen 127.0.0.1:8460
  $ ./tecp mirror --config /etc/tecp/mirror.yaml`;

export function mirrorCommand(): Command {
  const policy = trustOption('policy file: which logs to believe, and which quorum they need');
  return new Command('mirror')
    .description('Copies a log, verifies all of it, and serves the copy.')
    .option('--from <url>', 'URL prefix of the log')
    .option('--to <place>', 'a folder, s3://bucket/prefix, a .db file, or postgres://...')
    .addOption(policy)
    .addOption(new Option('--vkey <key>', 'the verifier key of the log: no quorum is checked'))
    .option('--follow', 'go on copying what is new, and serve the copy')
    .option('--listen <host:port>', 'with --follow: where it is served (default: 127.0.0.1:8460)')
    .option('--config <file>', 'YAML configuration of a service, instead of all others')
    .addHelpText('after', DETAILS)
    .action(mirror);
}

async function mirror(flags: MirrorFlags, command: Command): Promise<void> {
  const { config, from, to, listen } = flags;
  if (config !== undefined) return await followFile(config, command);
  if (from === undefined || to === undefined) {
    throw unusable('Name a log with --from and a place with --to.');
  }
  const settings = { from: checkUrl(from), to, ...trustOfFlags(flags, command) };
  if (flags.follow) {
    const address = listen && listenAddress(listen, '127.0.0.1:8460');
    return await followFlags({ ...settings, listen: address });
  }
  if (listen !== undefined) throw unusable('--listen goes with --follow.');
  await once(settings);
}

async function followFile(path: string, command: Command): Promise<void> {
  checkAlone(command);
  const { mirrorConfigSchema } = await import('#log-server/mirror/config.ts');
  const { runMirror } = await import('#log-server/mirror/server.ts');
  await runMirror(loadConfig(path, mirrorConfigSchema));
}

/** As a configuration with the same words would. */
async function followFlags(settings: object): Promise<void> {
  const { mirrorConfigSchema } = await import('#log-server/mirror/config.ts');
  const { runMirror } = await import('#log-server/mirror/server.ts');
  await runMirror(parseConfig(JSON.stringify(settings), 'the command line', mirrorConfigSchema));
}

interface OnceSettings {
  readonly from: string;
  readonly to: string;
  readonly policy: string | undefined;
  readonly vkey: string | undefined;
}

async function once({ from, to, ...trust }: OnceSettings): Promise<void> {
  const { mirrorOnce } = await import('#log-server/mirror/once.ts');
  const { MirrorError } = await import('#log-server/mirror/copy.ts');
  const { isWithoutQuorum, trustOf } = await import('#service/trust.ts');
  const policy = trustOf(trust);
  const stop = new AbortController();
  const { signal } = stop;
  const onSignal = (): void => stop.abort();
  for (const name of SIGNALS) process.once(name, onSignal);
  const progress = startProgress(process.stderr);
  const options = { url: from, to, policy, timeoutMs: TIMEOUT_MS, signal };
  try {
    const done = await mirrorOnce({ ...options, onProgress: progress.update });
    progress.end();
    const { origin, from: before, to: size } = done;
    say(
      `Size ${size} of ${origin} is verified and here; ${plural(size - before, 'entry is', 'entries are')} new.`,
      'good',
    );
    if (isWithoutQuorum(policy))
      say('No quorum was checked: the signature of the log alone is believed.');
    printLine(to);
  } catch (error) {
    progress.end();
    if (signal.aborted)
      throw new CommandError('Stopped; the next run goes on from here.', SIGINT_EXIT);
    if (error instanceof MirrorError) throw new CommandError(error.message);
    throw error;
  } finally {
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}
