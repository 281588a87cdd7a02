/**
 * A log that shows two faces, as a process of its own: `node test/support/dishonest-log.ts KEYFILE`.
 *
 * It holds one key and two trees with a common beginning. Each audience has a port of its own, so
 * it knows whom it is lying to; and it has witnesses cosign either face, with proofs that are right.
 * What it does when is told over the IPC channel (`dishonest-log-control.ts`).
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeUtf8, fromHex } from '#protocol/bytes.ts';
import type { SignerKey } from '#protocol/note/key.ts';
import { readSignerKey } from '#service/keys.ts';
import { Face } from './face.ts';

export type FaceName = 'a' | 'b';

/** What the control process may ask for. */
export type Command =
  /** Opens a port that is for one audience alone; answers its number. */
  | { readonly do: 'listen'; readonly audience: string; readonly port: number }
  /** Appends entries, given in hex, to each of the faces. */
  | { readonly do: 'append'; readonly faces: readonly FaceName[]; readonly entries: string[] }
  /** Asks a witness for a cosignature on a face as it is now. */
  | {
      readonly do: 'offer';
      readonly face: FaceName;
      readonly witness: string;
      readonly old: number;
    }
  /** What an audience sees from now on: the checkpoint of one face, tiles of one or the other. */
  | {
      readonly do: 'show';
      readonly audience: string;
      readonly checkpoint: FaceName;
      readonly tiles: FaceName;
    }
  /**
   * How an audience's requests for tiles are answered from now on, instead of with tiles. Whoever walks
   * through the entries gets the tile above each bundle, once; whoever compares asks for it alone.
   */
  | { readonly do: 'withhold'; readonly audience: string; readonly how: Withholding | undefined };

/** A status, no answer at all, one that takes too long, or a wrong one. */
export type Withholding = 404 | 429 | 503 | 'hang' | 'slow' | 'wrong';

class DishonestLog {
  readonly #faces: Readonly<Record<FaceName, Face>>;
  readonly #shown = new Map<string, { checkpoint: FaceName; tiles: FaceName }>();
  /** `due`: places of bundles that have been asked for, and whose tiles have not. */
  readonly #withheld = new Map<string, { how: Withholding; due: Set<string> }>();

  constructor(key: SignerKey) {
    this.#faces = { a: new Face(key), b: new Face(key) };
  }

  async carryOut(command: Command): Promise<unknown> {
    switch (command.do) {
      case 'listen':
        return await this.#listen(command.audience, command.port);
      case 'append':
        for (const face of command.faces) {
          for (const entry of command.entries) this.#faces[face].append(fromHex(entry));
        }
        return undefined;
      case 'offer':
        return await this.#faces[command.face].offer(command.witness, command.old);
      case 'show':
        this.#shown.set(command.audience, command);
        return undefined;
      case 'withhold':
        if (command.how === undefined) this.#withheld.delete(command.audience);
        else this.#withheld.set(command.audience, { how: command.how, due: new Set() });
        return undefined;
    }
  }

  #listen(audience: string, port: number): Promise<number> {
    this.#shown.set(audience, { checkpoint: 'a', tiles: 'a' });
    const server = createServer((request, response) => {
      void this.#answer(audience, (request.url ?? '/').slice(1), response);
    });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  }

  async #answer(audience: string, path: string, response: ServerResponse): Promise<void> {
    const how = this.#withholding(audience, path);
    if (how !== undefined) return withhold(how, response);
    const body = await this.#read(audience, path);
    response.writeHead(body === undefined ? 404 : 200).end(body);
  }

  #withholding(audience: string, path: string): Withholding | undefined {
    const withheld = this.#withheld.get(audience);
    const [, level, place] = /^tile\/([^/]+)\/(.*)$/.exec(path) ?? [];
    if (withheld === undefined || place === undefined) return undefined;
    if (level === 'entries') {
      withheld.due.add(place);
      return undefined;
    }
    return level === '0' && withheld.due.delete(place) ? undefined : withheld.how;
  }

  async #read(audience: string, path: string): Promise<Uint8Array | undefined> {
    const shown = this.#shown.get(audience)!;
    if (path === 'checkpoint') return encodeUtf8(await this.#faces[shown.checkpoint].note());
    return this.#faces[shown.tiles].file(path);
  }
}

const TILE_BYTES = 32;

function withhold(how: Withholding, response: ServerResponse): void {
  if (typeof how === 'number') response.writeHead(how, { 'retry-after': '1' }).end();
  else if (how === 'wrong') response.end(new Uint8Array(TILE_BYTES));
  else if (how === 'slow') {
    const drip = setInterval(() => response.write('.'), 1000);
    response.on('close', () => clearInterval(drip));
  }
}

const log = new DishonestLog(readSignerKey(process.argv[2]!));
process.on('disconnect', () => process.exit(0));
process.on('message', ({ id, command }: { id: number; command: Command }) => {
  log.carryOut(command).then(
    (result) => process.send!({ id, result }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
});
