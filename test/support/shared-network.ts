/**
 * A network whose log is run by several processes on one PostgreSQL database, with a load balancer where its one
 * process was.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { logServerConfigSchema } from '#log-server/config.ts';
import { initLog } from '#log-server/init.ts';
import { loadConfig } from '#service/config.ts';
import { type BalancerKind, LoadBalancer } from './load-balancer.ts';
import { Member, TestNetwork, tryGet } from './network.ts';
import { releaseAtEnd } from './processes.ts';
import { until } from './wait.ts';

/** Below the ports of witnesses. */
const PORT_OFFSETS = [1, 2] as const;

export class SharedNetwork {
  /** Its log is the load balancer, and no process. */
  readonly network: TestNetwork;
  /** The processes that share the log. */
  readonly frontEnds: readonly Member[];
  readonly #ports: readonly [number, number];

  private constructor(
    network: TestNetwork,
    frontEnds: readonly Member[],
    ports: readonly [number, number],
  ) {
    this.network = network;
    this.frontEnds = frontEnds;
    this.#ports = ports;
  }

  /**
   * `databases` are the ways of the two processes to one that is empty, and the log's from here on. Nothing runs yet.
   */
  static async create(...databases: readonly [string, string]): Promise<SharedNetwork> {
    const network = await TestNetwork.create();
    const base = network.log.role.port;
    const ports = PORT_OFFSETS.map((offset) => base + offset) as [number, number];
    const members = ports.map((port, i) => {
      const name = `log-${i + 1}`;
      const folder = join(network.data, name);
      mkdirSync(folder);
      let config: string | undefined;
      network.log.edit((document) => {
        const log = { ...document.logs[0], key: '../log/log.key', database: databases[i] };
        log.high_water_mark = 'log.high-water';
        const own = { listen: { ...document.listen, port }, logs: [log] };
        // The second with front ends in threads.
        config = stringify({ ...document, ...own, workers: i + 1 });
      });
      const path = join(folder, 'log.yaml');
      writeFileSync(path, config!);
      const url = `http://127.0.0.1:${port}`;
      return new Member({ ...network.log.role, name, config: path, port, url });
    });
    releaseAtEnd(() => members.map((member) => member.process));
    await initLog(loadConfig(members[0]!.role.config, logServerConfigSchema));
    return new SharedNetwork(network, members, ports);
  }

  /** Starts all and waits until entries are taken. The balancer ends with the test by `stop`. */
  async start(kind: BalancerKind): Promise<LoadBalancer> {
    const { witnesses, monitor } = this.network;
    await Promise.all([...witnesses, ...this.frontEnds].map((member) => member.start()));
    const balancer = await LoadBalancer.start(kind, this.network.log.role.port, this.#ports);
    await monitor.start();
    for (const frontEnd of this.frontEnds) {
      await until(async () => (await tryGet(`${frontEnd.url}/readyz`)) !== undefined);
    }
    return balancer;
  }

  /** The one that sequences, as it says itself; undefined if none does. */
  async sequencer(): Promise<Member | undefined> {
    for (const frontEnd of this.frontEnds) {
      if (!frontEnd.process.isRunning) continue;
      const metrics = (await tryGet(`${frontEnd.url}/metrics`)) ?? '';
      if (/^tecp_log_sequencing\{[^}]*\} 1$/m.test(metrics)) return frontEnd;
    }
    return undefined;
  }
}
