/** The other end of `tile-proxy.ts`: starts the process and tells it what to do. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { releaseAtEnd, TestProcess } from './processes.ts';
import type { Outage } from './tile-proxy.ts';

const PROGRAM = fileURLToPath(new URL('./tile-proxy.ts', import.meta.url));

export class TileProxy {
  readonly url: string;
  readonly #child: ReturnType<TestProcess['start']>;

  private constructor(url: string, child: ReturnType<TestProcess['start']>) {
    this.url = url;
    this.#child = child;
  }

  /** Starts it; the test that runs ends it. */
  static async start(upstream: string): Promise<TileProxy> {
    const proxy = new TestProcess({ name: 'tile proxy', args: [PROGRAM, upstream] });
    const child = proxy.start();
    releaseAtEnd(() => [proxy]);
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new TileProxy(`http://127.0.0.1:${port}`, child);
  }

  set(outage: Outage | undefined): void {
    this.#child.send({ outage });
  }
}
