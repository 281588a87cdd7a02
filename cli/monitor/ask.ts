/** Speaks with the monitor of a configuration while it runs. */
import { userInfo } from 'node:os';
import { Option } from 'commander';
import { CommandError } from '#cli/lib/errors.ts';
import { loadConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { askOperator, type OperatorRequest, operatorSocketPath } from '#service/operator.ts';

/** `--config`, as every command that speaks with a monitor has it. */
export function configOption(): Option {
  return new Option('--config <file>', "the monitor's YAML configuration").makeOptionMandatory();
}

/** Who does it; everybody who reads alerts sees the name. */
export function byOption(): Option {
  return new Option('--by <name>', 'who does it (default: the user, also behind sudo)');
}

export function whoDoesIt(by: string | undefined): string {
  return by ?? (process.env.SUDO_USER || userInfo().username);
}

/** What the monitor answers. Throws the sentence of a refusal, and `ConfigError` if it does not run. */
export async function askMonitor(configPath: string, request: OperatorRequest): Promise<unknown> {
  const { monitorConfigSchema } = await import('#monitor/config.ts');
  const { database } = loadConfig(configPath, monitorConfigSchema);
  const answer = await askOperator(operatorSocketPath(database), request);
  if (answer === undefined) {
    throw new ConfigError(`No monitor runs on ${database}; start it with --config ${configPath}.`);
  }
  if (answer.status < 400) return answer.json;
  const { detail } = answer.json as { detail?: string };
  throw new CommandError(detail ?? `The monitor answered with status ${answer.status}.`);
}
