/** `tecp log export` and `recover`: mirrors of a log, made of it and made into it. */
import { Command } from 'commander';
import { CommandError, EXIT, unusable } from '#cli/lib/errors.ts';
import { openLogSource } from '#cli/lib/log-source.ts';
import { printLine, say } from '#cli/lib/print.ts';
import { type Progress, startProgress } from '#cli/lib/progress.ts';
import { configOption, originOption, type TargetOptions, targetLog } from './target.ts';

const EXPORT_DETAILS = `
The log may run meanwhile. The place gets every tile and entry bundle and then the checkpoint, at the paths of
C2SP tlog-tiles: any static hosting serves it, "tecp audit" reads a folder or the URL of a bucket, "log recover"
recovers from it. An export into a place that has one already adds what is new. The environment says where a
bucket is and who writes to it (docs/DEPLOYMENT.md); "tiles" in the configuration of a log publishes there always.

Examples:
  $ tecp log export --config /etc/tecp/log.yaml --to /srv/mirror
  $ tecp log export --config /etc/tecp/log.yaml --to s3://bucket/log`;

const RECOVER_DETAILS = `
For a log that says that it has gone back: its database is older than what it signed. The log must not run.
Each mirror is a URL (a mirror, not this log) or a folder ("log export" makes them). What was signed last is
known from the high-water mark, the witnesses of the policy and the mirrors. Entries are taken only as they are
in that tree, and the database has to be its beginning; all else is refused, and nothing is ever signed that was
not. A run that was stopped is carried on by the next one (docs/BACKUP_RECOVERY.md).`;

type ExportOptions = TargetOptions & { readonly to?: string };

export function exportCommand(): Command {
  return new Command('export')
    .description("Writes a log's public files into a folder or a bucket, or those that are new.")
    .argument('[folder]', 'in place of --to')
    .option('--to <place>', 'a folder, made if need be, or s3://bucket/prefix')
    .addOption(configOption())
    .addOption(originOption())
    .addHelpText('after', EXPORT_DETAILS)
    .action(async (folder: string | undefined, { to: named, ...options }: ExportOptions) => {
      const { exportLog } = await import('#log-server/recovery/export.ts');
      const place = placeOf(folder, named);
      const log = await targetLog(options);
      const { from, to } = await shown((progress) => exportLog(log, place, progress.update));
      say(`Exported size ${to}; ${to - from} of its entries are new there.`, 'good');
      printLine(place);
    });
}

function placeOf(folder: string | undefined, named: string | undefined): string {
  if ((folder === undefined) === (named === undefined)) {
    throw unusable('Name one place to export to: a folder, or s3://bucket/prefix with --to.');
  }
  return folder ?? named!;
}

export function recoverCommand(): Command {
  return new Command('recover')
    .description('Brings back what a restored log lacks of what it signed, from mirrors.')
    .requiredOption('--from <mirror...>', 'URLs or folders with the public files of the log')
    .addOption(configOption())
    .addOption(originOption())
    .addHelpText('after', RECOVER_DETAILS)
    .action(async (options: TargetOptions & { from: string[] }) => {
      const { recoverLog } = await import('#log-server/recovery/recover.ts');
      const { RecoveryError } = await import('#log-server/recovery/agreement.ts');
      const mirrors = options.from.map((name) => {
        return { name: `the mirror ${name}`, source: openLogSource(name) };
      });
      const log = await targetLog(options);
      const recovering = shown((progress) => {
        return recoverLog(log, { mirrors, onProgress: progress.update });
      });
      const recovered = await recovering.catch((error: unknown) => {
        throw error instanceof RecoveryError ? new CommandError(error.message) : error;
      });
      const { from, to, by, silent, stoppedAt } = recovered;
      for (const { by: who, reason } of silent) say(`Not heard: ${who}: ${reason}.`);
      say(
        to > from
          ? `Recovered entries ${from} to ${to - 1}. Size ${to} is the newest that was signed, by ${by}.`
          : `Nothing was missing: size ${to}, the newest that was signed by ${by}, is in the database.`,
        'good',
      );
      if (stoppedAt === undefined) return say('The log can be started.');
      throw new CommandError(
        `Entries ${to} to ${stoppedAt - 1} were given an index and never signed, and are lost. Whoever judges ` +
          'that the log is to go on without them starts it with --trust-database.',
        EXIT.weaker,
      );
    });
}

async function shown<T>(work: (progress: Progress) => Promise<T>): Promise<T> {
  const progress = startProgress(process.stderr);
  try {
    return await work(progress);
  } finally {
    progress.end();
  }
}
