/**
 * Stands between two ends of a connection, as the network does: lets all through, after a while, or holds it up without a
 * word, as a cable that is cut does.
 */
import { once } from 'node:events';
import {
  connect,
  createServer,
  type ListenOptions,
  type NetConnectOpts,
  type Server,
  type Socket,
} from 'node:net';

export class Way {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** How long each piece takes, in either direction. */
  delayMs = 0;
  /** Owned by `cut` and `mend`: which directions are, and what goes on when the cable is mended. */
  #cut: 'nothing' | 'answers' | 'all' = 'nothing';
  #held: (() => void)[] = [];

  protected constructor(target: NetConnectOpts) {
    this.#server = createServer((near) => {
      const far = connect(target);
      this.#pass(near, far, () => this.#cut === 'all');
      this.#pass(far, near, () => this.#cut !== 'nothing');
    });
  }

  static async between(at: ListenOptions, target: NetConnectOpts): Promise<Way> {
    const way = new Way(target);
    await way.listen(at);
    return way;
  }

  protected async listen(at: ListenOptions): Promise<void> {
    this.#server.listen(at);
    await once(this.#server, 'listening');
  }

  /** With `answers` what comes back alone is held up. */
  cut(what: 'answers' | 'all' = 'all'): void {
    this.#cut = what;
  }

  mend(): void {
    this.#cut = 'nothing';
    for (const go of this.#held.splice(0)) go();
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(from: Socket, to: Socket, isCut: () => boolean): void {
    const later = (go: () => void) => {
      setTimeout(() => {
        if (isCut()) this.#held.push(go);
        else go();
      }, this.delayMs);
    };
    this.#sockets.add(from);
    from.on('data', (bytes) => later(() => to.write(bytes)));
    from.on('close', () => {
      this.#sockets.delete(from);
      later(() => to.destroy());
    });
    from.on('error', () => undefined);
  }
}
