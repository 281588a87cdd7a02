/**
 * A log server as a process of its own, from this working tree or from another one: one new log whose
 * checkpoints need no witness, and no limit on what one client may ask.
 */
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSignerKey } from '#service/keys.ts';
import { logKey } from '#test/support/log.ts';
import { tempFolder } from '#test/support/temp.ts';
import { until } from '#test/support/wait.ts';
import { builtProgram } from './built-package.ts';
import { end, freePort } from './network.ts';

export interface LogProcessOptions {
  /** A working tree to start from its sources; the package that is built from this one if absent. */
  readonly root?: string;
  readonly entryTypes?: readonly string[];
  /** Further keys of the log. */
  readonly log?: Readonly<Record<string, unknown>>;
  /** Further keys of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether it has to be told that this is a new log; yes if absent. */
  readonly init?: boolean;
}

export interface LogProcess {
  readonly port: number;
  readonly pid: number;
  readonly folder: string;
  stop(): Promise<void>;
}

const ANY = { per_second: 10_000_000, burst: 10_000_000 };

export async function startLog(options: LogProcessOptions = {}): Promise<LogProcess> {
  const { root, entryTypes = ['tecp-receipt'], settings = {}, init = true, log: more } = options;
  const [folder, port, key] = [tempFolder(), await freePort(), logKey('log.example/bench')];
  writeSignerKey(join(folder, 'log.key'), key);
  writeFileSync(join(folder, 'policy.txt'), `log ${key.verifier.text}\nquorum none\n`);
  const log = {
    key: 'log.key',
    database: 'log.db',
    policy: 'policy.txt',
    entry_types: entryTypes,
    ...more,
  };
  const config = {
    listen: { host: '127.0.0.1', port },
    log_level: 'error',
    limits: { submissions: ANY, reads: ANY },
    logs: [log],
    ...settings,
  };
  const path = join(folder, 'log.yaml');
  writeFileSync(path, JSON.stringify(config));
  const program = root === undefined ? builtProgram() : join(root, 'cli/main.ts');
  const child = fork(program, ['log', ...(init ? ['--init'] : []), '--config', path], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the log server ended with ${child.exitCode}`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    return answer?.status === 200;
  });
  return { port, pid: child.pid!, folder, stop: () => end(child) };
}
