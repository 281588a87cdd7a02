/** `tecp witness backup`, `restore` and `catch-up`: what a witness remembers, kept and found again. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { CommandError } from '#cli/lib/errors.ts';
import { printLine, say } from '#cli/lib/print.ts';
import { loadConfig } from '#service/config.ts';
import type { CaughtUp } from '#witness/guard/catch-up.ts';
import { askWitness, configOption } from './ask.ts';

const BACKUP_DETAILS = `
The witness may run meanwhile. The copy holds no key, and is marked as a copy: a witness that is started
on it signs nothing for a log before the log or a peer has told what was signed since.`;

const RESTORE_DETAILS = `
The witness must not run, and its database must not be there: it knows more than a copy. When it runs
again it looks for what it signed since; "witness catch-up" says how to go on where it finds any.`;

const CATCH_UP_DETAILS = `
For a log that is refused with "rolled-back": this witness has signed a larger tree than it remembers. The
log has to show by its tiles that the one extends the other. For one that is refused with "restored" as
neither the log nor a peer answers, --trust-database goes on from the copy: anything signed since it was
made, and shown to nobody who can be asked, may then be contradicted.`;

interface ConfigOption {
  readonly config: string;
}

export function backupCommand(): Command {
  return new Command('backup')
    .description("Copies a witness's database to a file, while it runs.")
    .addOption(configOption())
    .requiredOption('--out <file>', 'the copy; must not exist')
    .addHelpText('after', BACKUP_DETAILS)
    .action(async ({ config, out }: ConfigOption & { out: string }) => {
      const body = { path: resolve(out) };
      await askWitness(config, { method: 'POST', path: '/backup', body });
      say('The copy is whole and on the disk.', 'good');
      printLine(out);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('Makes a copy the database of a witness that has lost its own.')
    .argument('<copy>', 'as "witness backup" wrote it')
    .addOption(configOption())
    .addHelpText('after', RESTORE_DETAILS)
    .action(async (copy: string, { config }: ConfigOption) => {
      const { witnessConfigSchema } = await import('#witness/config.ts');
      const { restore } = await import('#witness/backup.ts');
      const { database } = loadConfig(config, witnessConfigSchema);
      await restore(resolve(copy), database, Date.now());
      say(
        'Restored. It signs for a log when the log or a peer has told what was signed since.',
        'good',
      );
      printLine(database);
    });
}

export function catchUpCommand(): Command {
  return new Command('catch-up')
    .description('Has a witness that was set back remember what it signed, by a verified proof.')
    .argument('<origin>', 'first line of the checkpoints of the log')
    .addOption(configOption())
    .option('--trust-database', 'go on from a copy although nobody tells what was signed since')
    .addHelpText('after', CATCH_UP_DETAILS)
    .action(catchUp);
}

async function catchUp(
  origin: string,
  { config, trustDatabase = false }: ConfigOption & { trustDatabase?: boolean },
): Promise<void> {
  const body = { origin, trust_database: trustDatabase };
  const request = { method: 'POST', path: '/catch-up', body } as const;
  const answer = (await askWitness(config, request)) as CaughtUp;
  switch (answer.kind) {
    case 'caught-up':
      return say(`Remembers size ${answer.size} again, from ${answer.from}, by a proof.`, 'good');
    case 'nothing-forgotten':
      return say(
        `Nothing was found that it does not remember; it goes on from size ${answer.size}.`,
      );
    case 'contradiction':
      throw new CommandError(
        'The log has signed trees that contradict each other, and so has this witness: ' +
          `evidence ${answer.evidence.join(', ')}. Nothing is signed for this log any more.`,
      );
  }
}
