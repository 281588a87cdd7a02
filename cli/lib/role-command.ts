/**
 * The commands that turn this process into one server: `tecp log|witness|monitor --config FILE`. Those
 * that speak with a server while it runs are their subcommands.
 *
 * Exit code 0 after a drain, 1 when the process cannot go on, 2 when the operator has to put
 * something right first; so a supervisor knows that restarting will not help.
 */
import { Command, Option } from 'commander';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import { ConfigError, PassingError } from '#service/errors.ts';

export interface RoleCommand {
  readonly name: string;
  readonly description: string;
  /** A path for the example. */
  readonly example: string;
  /** Switches beside `--config`. */
  readonly switches?: readonly Option[];
  /** What the switches are for, and when. */
  readonly details?: string;
  /** Loads the server; what it returns runs it and never resolves. */
  readonly load: () => Promise<(configPath: string, switches: RoleSwitches) => Promise<never>>;
}

/** What an operator says by hand, once; never in a unit file. */
export interface RoleSwitches {
  readonly init?: boolean;
  readonly trustDatabase?: boolean;
}

export function initSwitch(what: string): Option {
  return new Option('--init', `first start of ${what}: make its database, then start`);
}

export function roleCommand(role: RoleCommand): Command {
  const { name, description, example, switches = [], details } = role;
  const command = new Command(name)
    .description(`${description} Logs JSON lines on standard output.`)
    // Not required by the library, which would ask subcommands for it, too.
    .option('--config <file>', 'YAML configuration')
    .enablePositionalOptions();
  for (const option of switches) command.addOption(option);
  const usage = `$ ./tecp ${name} --config ${example}`;
  return command
    .addHelpText('after', `${details ?? ''}\nExample:\n  ${usage}`)
    .action(async ({ config, ...rest }: RoleSwitches & { readonly config?: string }) => {
      if (config === undefined) {
        return command.error("error: required option '--config <file>' not specified");
      }
      const run = await role.load();
      try {
        await run(config, rest);
      } catch (error) {
        if (error instanceof ConfigError || error instanceof PassingError) throw error;
        const reason = error instanceof Error ? error.message : String(error);
        throw new CommandError(`The ${name} cannot start: ${reason}.`, EXIT.failed);
      }
    });
}
