/** Which log a subcommand of `tecp log` is about: one of those of a configuration. */
import { Option } from 'commander';
import { unusable } from '#cli/lib/errors.ts';
import { printable } from '#cli/lib/print.ts';
import type { LogConfig } from '#log-server/config.ts';
import { loadConfig } from '#service/config.ts';

export interface TargetOptions {
  readonly config: string;
  /** Origin. */
  readonly log?: string;
}

/** `--config`, as every command has it that is about the log of a configuration. */
export function configOption(): Option {
  return new Option('--config <file>', "the log server's YAML configuration").makeOptionMandatory();
}

export function originOption(): Option {
  return new Option('--log <origin>', 'which of its logs; needed where it has several');
}

/** Throws `ConfigError`, and a sentence if the configuration has several logs and none is named. */
export async function targetLog({ config, log: named }: TargetOptions): Promise<LogConfig> {
  const { logServerConfigSchema } = await import('#log-server/config.ts');
  const { readLogKey } = await import('#log-server/log-files.ts');
  const logs = loadConfig(config, logServerConfigSchema).logs.map((log) => {
    return { log, origin: readLogKey(log.key).verifier.name };
  });
  const fitting = logs.filter(({ origin }) => named === undefined || origin === named);
  if (fitting.length === 1) return fitting[0]!.log;
  const origins = logs.map(({ origin }) => origin).join(', ');
  throw unusable(`${printable(config)} has the logs ${origins}; name one with --log.`);
}
