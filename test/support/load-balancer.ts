/** nginx or haproxy (Debian's packages), with the configurations of deploy/load-balancer, in front of servers of a test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryGet } from './network.ts';
import { ROOT } from './processes.ts';
import { tempFolder } from './temp.ts';
import { until } from './wait.ts';

export type BalancerKind = 'nginx' | 'haproxy';

const PROGRAMS = { nginx: '/usr/sbin/nginx', haproxy: '/usr/sbin/haproxy' };
const FILES = { nginx: 'nginx.conf', haproxy: 'haproxy.cfg' };

/** Whether tests that need it are left out. */
export function isWithoutBalancer(kind: BalancerKind): boolean {
  return !existsSync(PROGRAMS[kind]) && process.env.TECP_REQUIRE_BALANCERS === undefined;
}

export class LoadBalancer {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Listens on a port of this machine, in front of two others. */
  static async start(
    kind: BalancerKind,
    port: number,
    [first, second]: readonly [number, number],
  ): Promise<LoadBalancer> {
    const folder = tempFolder();
    const config = join(folder, FILES[kind]);
    const text = readFileSync(join(ROOT, 'deploy/load-balancer', FILES[kind]), 'utf8')
      .replace('10.0.0.11:8400', `127.0.0.1:${first}`)
      .replace('10.0.0.12:8400', `127.0.0.1:${second}`)
      .replace(/(listen |bind :)8080/, kind === 'nginx' ? `listen ${port}` : `bind :${port}`)
      .replace('/run/nginx-tecp.pid', join(folder, 'pid'));
    writeFileSync(config, text);
    const args = { nginx: ['-g', 'daemon off;', '-c', config], haproxy: ['-db', '-f', config] };
    const child = spawn(PROGRAMS[kind], args[kind], { stdio: 'ignore' });
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`${kind} ended with code ${child.exitCode}`);
      return (await tryGet(`http://127.0.0.1:${port}/healthz`)) !== undefined;
    });
    return new LoadBalancer(child);
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }
}

/** What each of them says of its configuration; empty if all is well. */
export function checkBalancerConfig(kind: BalancerKind): string {
  const config = join(ROOT, 'deploy/load-balancer', FILES[kind]);
  const args = { nginx: ['-t', '-q', '-c', config], haproxy: ['-c', '-q', '-f', config] };
  return execFileSync(PROGRAMS[kind], args[kind], { encoding: 'utf8' });
}
