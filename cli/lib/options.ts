/**
 * The options that commands share, and the environment variables that stand in for them: the one
 * place that knows TECP_DATA, TECP_LOG, TECP_POLICY and TECP_KEY.
 *
 * A flag goes before a variable, a variable before the default; a variable that is empty is not set.
 * Who names a data folder on the command line means the network in it, so the other three variables
 * do not count then: what is meant for a trial on this machine is never sent to a public log.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_DATA } from './layout.ts';

/** The option that takes a policy file, wherever `--policy` means trust; its value is `trust`. */
const TRUST_FLAGS = '--policy, --trust <file>';

export function dataOption(description: string): Option {
  return withVariable(new Option('--data <dir>', description).default(DEFAULT_DATA), 'TECP_DATA');
}

export function logOption(description: string): Option {
  return withVariable(new Option('--log <url>', description), 'TECP_LOG');
}

export function trustOption(description: string, flags = TRUST_FLAGS): Option {
  return withVariable(new Option(flags, description), 'TECP_POLICY');
}

export function keyOption(description: string): Option {
  return withVariable(new Option('--key <file>', description), 'TECP_KEY');
}

/** The log of a command that takes its URL as an argument. */
export function logArgument(url: string | undefined): string | undefined {
  return url ?? (process.env.TECP_LOG || undefined);
}

function withVariable(option: Option, name: string): Option {
  return process.env[name] === '' ? option : option.env(name);
}

/** For a command with `--data`: named on the command line, it goes before the other variables. */
export function preferNamedData(command: Command): Command {
  return command.hook('preAction', (_, acting) => {
    if (acting.getOptionValueSource('data') !== 'cli') return;
    for (const name of ['log', 'trust', 'key']) {
      if (acting.getOptionValueSource(name) !== 'env') continue;
      acting.setOptionValueWithSource(name, undefined, 'default');
    }
  });
}

/** Parses the value of an option that is a number. */
export function integerBetween(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`Expected a number from ${min} to ${max}.`);
  };
}
