/** The other end of `dishonest-log.ts`: starts the process and tells it what to do. */
import { fileURLToPath } from 'node:url';
import { toHex } from '#protocol/bytes.ts';
import type { Command, FaceName, Withholding } from './dishonest-log.ts';
import type { OfferAnswer } from './face.ts';
import { freshReceipt } from './log.ts';
import { releaseAtEnd, TestProcess } from './processes.ts';

const PROGRAM = fileURLToPath(new URL('./dishonest-log.ts', import.meta.url));

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class DishonestLogControl {
  readonly #process: TestProcess;
  readonly #child: ReturnType<TestProcess['start']>;
  // Owned by `#ask`.
  #asked = 0;
  readonly #sizes: Record<FaceName, number> = { a: 0, b: 0 };

  /** Starts it; the test that runs ends it. */
  constructor(keyPath: string) {
    this.#process = new TestProcess({ name: 'dishonest log', args: [PROGRAM, keyPath] });
    this.#child = this.#process.start();
    releaseAtEnd(() => [this.#process]);
  }

  /** Opens a port for an audience; port 0 lets the system choose. Returns the URL. */
  async listen(audience: string, port = 0): Promise<string> {
    return `http://127.0.0.1:${await this.#ask<number>({ do: 'listen', audience, port })}`;
  }

  /** Appends fresh, valid receipts, the same to each of the faces. */
  async append(count: number, ...faces: FaceName[]): Promise<void> {
    const entries = Array.from({ length: count }, () => toHex(freshReceipt()));
    await this.#ask({ do: 'append', faces, entries });
    for (const face of faces) this.#sizes[face] += count;
  }

  sizeOf(face: FaceName): number {
    return this.#sizes[face];
  }

  /** Offers a face to a witness that is at size `old`. */
  async offer(face: FaceName, witness: string, old: number): Promise<OfferAnswer> {
    return await this.#ask<OfferAnswer>({ do: 'offer', face, witness, old });
  }

  async show(audience: string, checkpoint: FaceName, tiles = checkpoint): Promise<void> {
    await this.#ask({ do: 'show', audience, checkpoint, tiles });
  }

  /** Withholds from an audience the tiles that it asks for alone, or no longer does. */
  async withhold(audience: string, how: Withholding | undefined): Promise<void> {
    await this.#ask({ do: 'withhold', audience, how });
  }

  #ask<T>(command: Command): Promise<T> {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      const settle = (reply: Reply): void => {
        if (reply.id !== id) return;
        this.#child.off('message', settle);
        this.#child.off('exit', onExit);
        if (reply.error === undefined) resolve(reply.result as T);
        else reject(new Error(`the dishonest log failed: ${reply.error}`));
      };
      const onExit = (): void => reject(new Error('the dishonest log has ended'));
      this.#child.on('message', settle);
      this.#child.once('exit', onExit);
      this.#child.send({ id, command });
    });
  }
}
