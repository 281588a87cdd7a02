/** `tecp monitor`: a monitor as this process. */
import type { Command } from 'commander';
import { roleCommand } from '#cli/lib/role-command.ts';

export function monitorCommand(): Command {
  return roleCommand({
    name: 'monitor',
    description: 'Runs a monitor until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/monitor.yaml',
    load: async () => (await import('#monitor/server.ts')).runMonitor,
  });
}
