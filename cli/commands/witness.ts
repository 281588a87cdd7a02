/** `tecp witness`: a witness as this process. */
import type { Command } from 'commander';
import { roleCommand } from '#cli/lib/role-command.ts';

export function witnessCommand(): Command {
  return roleCommand({
    name: 'witness',
    description: 'Runs a witness until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/witness.yaml',
    load: async () => (await import('#witness/server.ts')).runWitness,
  });
}
