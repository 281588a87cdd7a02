/**
 * Makes the database of a new log or witness and ends: `node init-database.ts log|witness CONFIG`.
 * For set-ups that start the server later, such as compose-init.sh. By hand it is the switch `--init`
 * of the very first start.
 */
import { endingOf } from '#cli/lib/errors.ts';
import { say } from '#cli/lib/print.ts';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { loadConfig } from '#service/config.ts';
import { ConfigError } from '#service/errors.ts';
import { witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';

const [role, config] = process.argv.slice(2);
try {
  if (config === undefined)
    throw new ConfigError('Say whose: init-database.ts log|witness CONFIG.');
  else if (role === 'log') await initLog(loadConfig(config, logServerConfigSchema));
  else if (role === 'witness') initWitness(loadConfig(config, witnessConfigSchema));
  else throw new ConfigError(`A ${role} has no database to be made; expected log or witness.`);
} catch (error) {
  const { message, exitCode } = endingOf(error);
  say(message);
  process.exitCode = exitCode;
}
