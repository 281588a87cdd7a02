/** `tecp log migrate`: a log from one store into another. */
import { Command } from 'commander';
import { plural, printLine, say } from '#cli/lib/print.ts';
import { withProgress } from './progress.ts';
import { configOption, originOption, type TargetOptions, targetLog } from './target.ts';

const DETAILS = `
The log must not run. Everything is copied, read through and compared, and then the old database notes where the
log has gone: from that moment on a log that is started on it refuses and says so, as two databases in use with one key
would be a fork. The old one stays as it is otherwise. A run that was killed is carried on by the same command;
whichever of the two databases the log is in then, it is in one. Afterwards write what this prints into the
configuration: the high-water mark stays where it was.

Examples:
  $ tecp log migrate --config /etc/tecp/log.yaml --to /srv/log/2026.db
  $ tecp log migrate --config /etc/tecp/log.yaml --to postgres://tecp@db.example/log`;

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('Moves a log from its database into another one, a file or PostgreSQL.')
    .addOption(configOption())
    .addOption(originOption())
    .requiredOption('--to <database>', 'a path or a postgres:// URL, where no log is yet')
    .addHelpText('after', DETAILS)
    .action(async ({ to, ...options }: TargetOptions & { to: string }) => {
      const { migrateLog } = await import('#log-server/recovery/migrate.ts');
      const { highWaterPath } = await import('#log-server/log-files.ts');
      const log = await targetLog(options);
      const { size, before } = await withProgress((shown) => migrateLog(log, to, shown));
      const what = `${plural(size, 'entry', 'entries')}. Its configuration is to say:`;
      say(before ? `Moved already: ${what}` : `Moved: ${what}`, 'good');
      printLine(`database: ${to}`);
      printLine(`high_water_mark: ${highWaterPath(log)}`);
    });
}
