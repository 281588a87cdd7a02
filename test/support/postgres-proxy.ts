/**
 * Stands between one process and its PostgreSQL server, as the network does: lets all through, after a while, or holds
 * everything up without a word, as a cable that is cut does.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TestPostgres } from './postgres.ts';
import { memoryFolder } from './temp.ts';

/** The name of a socket of PostgreSQL, by its port. */
const SOCKET = '.s.PGSQL.5432';

export class PostgresProxy {
  readonly folder = memoryFolder();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How long each piece takes, in either direction. */
  delayMs = 0;
  /** Owned by `cut` and `mend`: what goes on when the cable is mended. */
  #isCut = false;
  #held: (() => void)[] = [];

  private constructor(target: string) {
    this.#server = createServer((near) => {
      const far = connect(target);
      this.#pass(near, far);
      this.#pass(far, near);
    });
  }

  static async start(postgres: TestPostgres): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(join(postgres.folder, SOCKET));
    proxy.#server.listen(join(proxy.folder, SOCKET));
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The URL of a database over this way. */
  url(database: string): string {
    return `postgres://postgres@${encodeURIComponent(this.folder)}/${database}`;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
    for (const go of this.#held.splice(0)) go();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => this.#later(() => to.write(bytes)));
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#later(() => to.destroy());
    });
    from.on('error', () => undefined);
  }

  #later(go: () => void): void {
    setTimeout(() => {
      if (this.#isCut) this.#held.push(go);
      else go();
    }, this.delayMs);
  }
}
