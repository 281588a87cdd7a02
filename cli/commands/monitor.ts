/** `tecp monitor`: a monitor as this process, and what its operator tells it (`cli/monitor/`). */
import type { Command } from 'commander';
import { roleCommand } from '#cli/lib/role-command.ts';
import { alertsCommand } from '#cli/monitor/alerts.ts';
import { testAlertCommand } from '#cli/monitor/test-alert.ts';

const DETAILS = `
The subcommands speak with the monitor of a configuration while it runs.
`;

export function monitorCommand(): Command {
  return roleCommand({
    name: 'monitor',
    description: 'Runs a monitor until it is told to stop (SIGTERM or Ctrl-C).',
    example: '/etc/tecp/monitor.yaml',
    details: DETAILS,
    load: async () => (await import('#monitor/server.ts')).runMonitor,
  })
    .addCommand(alertsCommand())
    .addCommand(testAlertCommand());
}
