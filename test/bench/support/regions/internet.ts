/**
 * A network of regions on this machine: a network namespace for each, and a router between them (`router.py`) that
 * takes its time. All of it is gone when this process is. Needs Linux, root, and Python 3.10.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { until } from '#test/support/wait.ts';
import { LOSS, REGIONS, type Region, roundTripMs } from './distances.ts';

const ROUTER = fileURLToPath(new URL('./router.py', import.meta.url));
const PREFIX = '10.77';
/** Packets that a device holds while the router has others to look after. */
const DEVICE_QUEUE = 10_000;

/** What the router has carried since it was asked last. */
export interface Carried {
  readonly carried: number;
  readonly lost: number;
  readonly late_p50_us: number;
  readonly late_p99_us: number;
  readonly late_max_us: number;
}

export const addressOf = (region: Region) => `${PREFIX}.${REGIONS.indexOf(region) + 1}.1`;
/** Of all regions, as PostgreSQL writes it. */
export const ALL_ADDRESSES = `${PREFIX}.0.0/16`;

export class Internet {
  readonly #namespaces: ReadonlyMap<Region, ChildProcess>;
  readonly #router: ChildProcess;
  readonly #said: Interface;

  private constructor(namespaces: ReadonlyMap<Region, ChildProcess>, router: ChildProcess) {
    this.#namespaces = namespaces;
    this.#router = router;
    this.#said = createInterface(router.stdout!);
  }

  static async make(seed: number): Promise<Internet> {
    if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) {
      throw new Error('regions need Linux, /dev/net/tun, and root: sudo ./tecp bench regions');
    }
    const namespaces = new Map<Region, ChildProcess>();
    for (const region of REGIONS) namespaces.set(region, await apart(['cat']));
    const settings = {
      devices: Object.fromEntries(REGIONS.map((region) => [region, region])),
      delays_ms: Object.fromEntries(
        REGIONS.flatMap((a) => REGIONS.map((b) => [`${a} ${b}`, roundTripMs(a, b) / 2])),
      ),
      loss: LOSS,
      seed,
    };
    const router = await apart(['python3', ROUTER, JSON.stringify(settings)]);
    const internet = new Internet(namespaces, router);
    await internet.#next();
    for (const region of REGIONS) internet.#connect(region);
    return internet;
  }

  /** Moves the other end of a region's device to where it belongs. */
  #connect(region: Region): void {
    const ip = (words: string) => run([...this.under(region), 'ip', ...words.split(' ')]);
    const { pid } = this.#namespaces.get(region)!;
    run([...inside(this.#router), 'ip', 'link', 'set', region, 'netns', String(pid)]);
    ip('link set lo up');
    ip(`address add ${addressOf(region)}/24 dev ${region}`);
    ip(`link set ${region} up txqueuelen ${DEVICE_QUEUE}`);
    ip(`route add default dev ${region}`);
  }

  /** The words of a command that runs the rest of its line in a region, in its own place. */
  under(region: Region): readonly string[] {
    return inside(this.#namespaces.get(region)!);
  }

  /** From here on nothing gets into the region or out of it. */
  cut(region: Region): void {
    this.#router.stdin!.write(`cut ${region}\n`);
  }

  heal(region: Region): void {
    this.#router.stdin!.write(`heal ${region}\n`);
  }

  async carried(): Promise<Carried> {
    const said = this.#next();
    this.#router.stdin!.write('report\n');
    return JSON.parse(await said) as Carried;
  }

  async close(): Promise<void> {
    for (const child of [this.#router, ...this.#namespaces.values()]) {
      if (child.exitCode !== null) continue;
      const ended = once(child, 'exit');
      child.stdin!.end();
      await ended;
    }
  }

  async #next(): Promise<string> {
    const ended = once(this.#router, 'exit').then(([code]) => {
      throw new Error(`the router ended with code ${code}`);
    });
    const [line] = await Promise.race([once(this.#said, 'line'), ended]);
    return line as string;
  }
}

/** A process in a network namespace of its own, which ends with its input. */
async function apart(words: readonly string[]): Promise<ChildProcess> {
  const child = spawn('unshare', ['--net', ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const namespaceOf = (pid: number | 'self') => readlinkSync(`/proc/${pid}/ns/net`);
  await until(() => namespaceOf(child.pid!) !== namespaceOf('self'));
  return child;
}

function inside({ pid }: ChildProcess): readonly string[] {
  return ['nsenter', `--net=/proc/${pid}/ns/net`];
}

function run([command, ...args]: readonly string[]): void {
  execFileSync(command!, args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
