/** Speaks with the witness of a configuration, whether it runs or not. */
import { Option } from 'commander';
import { CommandError } from '#cli/lib/errors.ts';
import { loadConfig } from '#service/config.ts';
import { askOperator, type OperatorRequest, operatorSocketPath } from '#service/operator.ts';

/** `--config`, as every command that speaks with a witness has it. */
export function configOption(): Option {
  return new Option('--config <file>', "the witness's YAML configuration").makeOptionMandatory();
}

/**
 * What the witness answers; from its database if it does not run. Throws the sentence of a refusal,
 * and `ConfigError` if there is no database, or it is in use by somebody who does not answer.
 */
export async function askWitness(configPath: string, request: OperatorRequest): Promise<unknown> {
  const { witnessConfigSchema } = await import('#witness/config.ts');
  const config = loadConfig(configPath, witnessConfigSchema);
  const { status, json } =
    (await askOperator(operatorSocketPath(config.database), request)) ??
    (await (await import('#witness/operator/offline.ts')).askOffline(config, request));
  if (status < 400) return json;
  const { detail } = json as { detail?: string };
  throw new CommandError(detail ?? `The witness answered with status ${status}.`);
}
