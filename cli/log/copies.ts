/** `tecp log backup` and `restore`: copies of a log's database. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { plural, printLine, say } from '#cli/lib/print.ts';
import { withProgress } from './progress.ts';
import { configOption, originOption, type TargetOptions, targetLog } from './target.ts';

const BACKUP_DETAILS = `
The log may run meanwhile, and waits for nothing. The copy is of one moment. Before it gets its name it is
read through: its entries have to make its tree. It holds no key, and the high-water mark belongs into no
backup (docs/BACKUP_RECOVERY.md).`;

const RESTORE_DETAILS = `
The log must not run, and its database must not be there. A copy is always older than what was signed, so
bring back the rest with "log recover" before you start the log.`;

export function backupCommand(): Command {
  return new Command('backup')
    .description("Copies a log's database to a file, while it runs.")
    .addOption(configOption())
    .addOption(originOption())
    .requiredOption('--out <file>', 'the copy')
    .option('--replace', 'replace a copy that is there, at once, when the new one is whole')
    .addHelpText('after', BACKUP_DETAILS)
    .action(async (options: TargetOptions & { out: string; replace?: boolean }) => {
      const { out, replace = false } = options;
      const { backUpLog } = await import('#log-server/recovery/copies.ts');
      const log = await targetLog(options);
      const { size } = await withProgress((shown) => {
        return backUpLog(log, resolve(out), { replace, ...shown });
      });
      say(`The copy is whole and on the disk: ${plural(size, 'entry', 'entries')}.`, 'good');
      printLine(out);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('Makes a copy the database of a log that has lost its own.')
    .argument('<copy>', 'as "log backup" wrote it, with this version or an earlier one')
    .addOption(configOption())
    .addOption(originOption())
    .addHelpText('after', RESTORE_DETAILS)
    .action(async (copy: string, options: TargetOptions) => {
      const { restoreLog } = await import('#log-server/recovery/copies.ts');
      const log = await targetLog(options);
      const { size } = await withProgress((shown) => restoreLog(log, resolve(copy), shown));
      say(
        `Restored: ${plural(size, 'entry', 'entries')}. Bring back what came after them with "tecp log recover".`,
        'good',
      );
      printLine(log.database);
    });
}
