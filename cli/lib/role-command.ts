/**
 * The commands that turn this process into one server: `tecp log|witness|monitor --config FILE`.
 *
 * Exit code 0 after a drain, 1 when the process cannot go on, 2 when the operator has to put
 * something right first; so a supervisor knows that restarting will not help.
 */
import { Command } from 'commander';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { ConfigError, PassingError } from '#service/errors.ts';

export interface RoleCommand {
  readonly name: string;
  readonly description: string;
  /** A path for the example. */
  readonly example: string;
  /** Loads the server; what it answers runs it and never resolves. */
  readonly load: () => Promise<(configPath: string) => Promise<never>>;
}

export function roleCommand(role: RoleCommand): Command {
  return new Command(role.name)
    .description(`${role.description} Logs JSON lines on standard output.`)
    .requiredOption('--config <file>', 'YAML configuration')
    .addHelpText('after', `\nExample:\n  $ ./tecp ${role.name} --config ${role.example}`)
    .action(async ({ config }: { config: string }) => {
      const run = await role.load();
      try {
        await run(config);
      } catch (error) {
        if (error instanceof ConfigError || error instanceof PassingError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new CommandError(`The ${role.name} cannot start: ${reason}.`, EXIT.failed);
      }
    });
}
