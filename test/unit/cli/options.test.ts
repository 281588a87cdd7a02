import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { addLogOptions } from '#cli/lib/log-target.ts';
import { keyOption, logArgument } from '#cli/lib/options.ts';

afterEach(() => vi.unstubAllEnvs());

const VARIABLES = {
  TECP_DATA: '/d',
  TECP_LOG: 'http://log.example',
  TECP_POLICY: 'p.txt',
  TECP_KEY: 'i.key',
};
const OF_VARIABLES = { data: '/d', log: 'http://log.example', trust: 'p.txt', key: 'i.key' };

/** What a command with all of the shared options gets, by these variables and arguments. */
async function settled(variables: Readonly<Record<string, string>>, args: readonly string[]) {
  for (const name of Object.keys(VARIABLES)) vi.stubEnv(name, variables[name]);
  const command = addLogOptions(new Command('any')).addOption(keyOption('key'));
  let options = {};
  command.action((given: object) => {
    options = { ...given };
  });
  await command.parseAsync(args, { from: 'user' });
  return options;
}

describe('the environment variables', () => {
  it('stand in for flags, and give way to them', async () => {
    expect(await settled({}, [])).toEqual({ data: './data' });
    expect(await settled(VARIABLES, [])).toEqual(OF_VARIABLES);
    expect(await settled(VARIABLES, ['--log', 'http://b', '--key', 'b.key'])).toEqual({
      ...OF_VARIABLES,
      log: 'http://b',
      key: 'b.key',
    });
  });

  it('do not count against a data folder that is named on the command line', async () => {
    expect(await settled(VARIABLES, ['--data', 'trial'])).toEqual({ data: 'trial' });
    const both = ['--data', 'trial', '--policy', 'mine.txt'];
    expect(await settled(VARIABLES, both)).toEqual({ data: 'trial', trust: 'mine.txt' });
  });

  it('are not set when they are empty', async () => {
    const empty = Object.fromEntries(Object.keys(VARIABLES).map((name) => [name, '']));
    expect(await settled(empty, [])).toEqual({ data: './data' });
    expect(logArgument(undefined)).toBeUndefined();
  });

  it('name the log of a command that takes it as an argument', () => {
    vi.stubEnv('TECP_LOG', 'http://log.example');
    expect(logArgument(undefined)).toBe('http://log.example');
    expect(logArgument('http://b')).toBe('http://b');
  });
});
