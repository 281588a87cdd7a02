/** `tecp log export` and `recover`: mirrors of a log, made of it and made into it. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { openLogSource } from '#cli/lib/log-source.ts';
import { printLine, say } from '#cli/lib/print.ts';
import { type Progress, startProgress } from '#cli/lib/progress.ts';
import { configOption, originOption, type TargetOptions, targetLog } from './target.ts';

const EXPORT_DETAILS = `
The log may run meanwhile. The folder gets every tile and entry bundle and then the checkpoint, at the paths of
C2SP tlog-tiles: any static hosting serves it, "tecp audit" reads it, "log recover" recovers from it. An export
into a folder that has one already adds what is new.`;

const RECOVER_DETAILS = `
For a log that says that it has gone back: its database is older than what it signed. The log must not run.
Each mirror is a URL (a mirror, not this log) or a folder ("log export" makes them). What was signed last is
known from the high-water mark, the witnesses of the policy and the mirrors. Entries are taken only as they are
in that tree, and the database has to be its beginning; all else is refused, and nothing is ever signed that was
not. A run that was stopped is carried on by the next one (docs/BACKUP_RECOVERY.md).`;

export function exportCommand(): Command {
  return new Command('export')
    .description("Writes a log's public files into a folder, or those that are new.")
    .argument('<folder>', 'made if need be')
    .addOption(configOption())
    .addOption(originOption())
    .addHelpText('after', EXPORT_DETAILS)
    .action(async (folder: string, options: TargetOptions) => {
      const { exportLog } = await import('#log-server/recovery/export.ts');
      const log = await targetLog(options);
      const { from, to } = await shown((progress) => {
        return exportLog(log, resolve(folder), progress.update);
      });
      say(`Exported size ${to}; ${to - from} of its entries are new in the folder.`, 'good');
      printLine(folder);
    });
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
