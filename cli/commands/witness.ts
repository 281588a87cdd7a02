/** `tecp witness`: a witness as this process, and what its operator tells it (`cli/witness/`). */
import type { Command } from 'commander';
import { initSwitch, roleCommand } from '#cli/lib/role-command.ts';
import { keysCommand } from '#cli/witness/keys.ts';
import { logsCommand } from '#cli/witness/logs.ts';
import { backupCommand, catchUpCommand, restoreCommand } from '#cli/witness/memory.ts';

const DETAILS = `
A witness that has lost its database would cosign another tree than before, so a start never makes
one. --init does, once in the life of a witness: at its very first start. It refuses where the
database is there. After a loss restore a copy ("backup" makes them), or make a new witness with new keys
and a new name.

The subcommands speak with the witness of a configuration while it runs.
`;

export function witnessCommand(): Command {
  return roleCommand({
    name: 'witness',
    description: 'Runs a witness until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/witness.yaml',
    switches: [initSwitch('a new witness')],
    details: DETAILS,
    load: async () => (await import('#witness/server.ts')).runWitness,
  })
    .addCommand(logsCommand())
    .addCommand(keysCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(catchUpCommand());
}
