/** `tecp bastion`: a bastion as this process. */
import type { Command } from 'commander';
import { roleCommand } from '#cli/lib/role-command.ts';

const DETAILS = `
A bastion makes witnesses reachable that have no address of their own: they dial out to it, and it
hands requests for /<key hash>/... on to them. It lists who may (docs/RUNBOOKS.md, "Behind a bastion"),
and reads that list and its certificate again when they change, and at SIGHUP.
`;

export function bastionCommand(): Command {
  return roleCommand({
    name: 'bastion',
    description: 'Runs a bastion until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/bastion.yaml',
    details: DETAILS,
    load: async () => (await import('#bastion/server.ts')).runBastion,
  });
}
