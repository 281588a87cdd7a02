/** `tecp log`: a log server as this process. */
import type { Command } from 'commander';
import { roleCommand } from '#cli/lib/role-command.ts';

export function logCommand(): Command {
  return roleCommand({
    name: 'log',
    description: 'Runs a log server until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/log.yaml',
    load: async () => (await import('#log-server/server.ts')).runLogServer,
  });
}
