/**
 * What `compose-init.sh` asks of Docker, by a project without it: `docker.ts FOLDER compose -f FILE run|up ...`.
 * Ends as the command does that is run; `up --wait` when databases let others in.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ComposeProject, POSTGRES_PROGRAMS } from '#test/support/compose-project.ts';
import { until } from '#test/support/wait.ts';

const [folder, compose, , file, action, ...rest] = process.argv.slice(2);
const project = ComposeProject.open(folder!);
if (compose !== 'compose' || !file?.startsWith(project.deploy))
  throw new Error('not of this project');

if (action === 'run') {
  // Options end where the service is named; what follows is for the command.
  const at = rest.findIndex((word) => project.services.includes(word));
  const { values } = parseArgs({
    args: rest.slice(0, at),
    options: {
      rm: { type: 'boolean' },
      'no-deps': { type: 'boolean' },
      entrypoint: { type: 'string' },
      T: { type: 'boolean', short: 'T' },
    },
  });
  const { entrypoint } = values;
  const instead = { args: rest.slice(at + 1), ...(entrypoint !== undefined && { entrypoint }) };
  const [code] = await once(project.spawn(rest[at]!, instead), 'exit');
  process.exitCode = code ?? 1;
} else {
  const services = rest.filter((word) => !word.startsWith('--'));
  for (const service of services) project.spawn(service).unref();
  for (const service of services) {
    const ask = ['--quiet', `--host=${project.addressOf(service)}`];
    await until(() => {
      try {
        execFileSync(join(POSTGRES_PROGRAMS!, 'pg_isready'), ask);
        return true;
      } catch {
        return false;
      }
    });
  }
}
