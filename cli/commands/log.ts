/** `tecp log`: a log server as this process, and what its operator does to its database (`cli/log/`). */
import { type Command, Option } from 'commander';
import { initSwitch, roleCommand } from '#cli/lib/role-command.ts';
import { backupCommand, restoreCommand } from '#cli/log/copies.ts';
import { freezeCommand } from '#cli/log/freeze.ts';
import { migrateCommand } from '#cli/log/migrate.ts';
import { exportCommand, recoverCommand } from '#cli/log/mirrors.ts';

const DETAILS = `
A log that has lost its database would give its indices again, so a start never makes one. --init
does, once in the life of a log: at its very first start, or when it is added to the configuration.
It refuses where there is none to make. After a loss, "restore" a copy ("backup" makes them) and "recover"
what came after it (docs/BACKUP_RECOVERY.md).

A log that its witnesses or its high-water mark call older than it was takes no entry until "recover" has
brought back what it lacks. Whoever has judged that it may go on all the same says so with --trust-database, for one start.
`;

const TRUST_DATABASE = new Option(
  '--trust-database',
  'go on with this database, whatever witnesses and the high-water mark say',
);

export function logCommand(): Command {
  return roleCommand({
    name: 'log',
    description: 'Runs a log server until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/log.yaml',
    switches: [initSwitch('a new log'), TRUST_DATABASE],
    details: DETAILS,
    load: async () => (await import('#log-server/server.ts')).runLogServer,
  })
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(exportCommand())
    .addCommand(recoverCommand())
    .addCommand(freezeCommand())
    .addCommand(migrateCommand());
}
