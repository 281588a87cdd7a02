/** `tecp log freeze`: the end of a log's growth. */
import { Command } from 'commander';
import { CommandError } from '#cli/lib/errors.ts';
import { plural, say } from '#cli/lib/print.ts';
import { configOption, originOption, type TargetOptions, targetLog } from './target.ts';

const DETAILS = `
For ever: there is no way back, and the database itself refuses another entry from here on. A log in a file must
not run; processes that share one on PostgreSQL may. Unless it was stopped in order, a quorum of witnesses has to
show what it has cosigned. Start it afterwards: it signs its last tree, has it cosigned for as long as it runs,
answers what it has with the old index, and refuses everything else with 410 "log-frozen".

Examples:
  $ tecp log freeze --config /etc/tecp/log.yaml
  $ tecp log freeze --config /etc/tecp/log.yaml --log log.example/2026`;

export function freezeCommand(): Command {
  return new Command('freeze')
    .description(
      'Ends the growth of a log for ever; what it has goes on being served and cosigned.',
    )
    .addOption(configOption())
    .addOption(originOption())
    .addHelpText('after', DETAILS)
    .action(async (options: TargetOptions) => {
      const { freezeLog } = await import('#log-server/recovery/freeze.ts');
      const { RecoveryError } = await import('#log-server/recovery/agreement.ts');
      const freezing = freezeLog(await targetLog(options));
      const { size, before, silent } = await freezing.catch((error: unknown) => {
        throw error instanceof RecoveryError ? new CommandError(error.message) : error;
      });
      for (const { by, reason } of silent) say(`Not heard: ${by}: ${reason}.`);
      const what = `${plural(size, 'entry', 'entries')}, and never another one`;
      if (before) return say(`Frozen already: ${what}.`);
      say(`Frozen: ${what}. Start the log, so that its last tree is signed and cosigned.`, 'good');
    });
}
