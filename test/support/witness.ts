/**
 * For tests of witnesses: the tiles of a log over real HTTP, and witnesses started in this process on
 * loopback with real database files.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { WitnessClient } from '#client/witness-client.ts';
import { KEY_TYPES, type KeyType, type SignerKey } from '#protocol/note/key.ts';
import { writeSignerKey } from '#service/keys.ts';
import { createLogger, type Logger } from '#service/logging.ts';
import { databaseExists } from '#service/sqlite.ts';
import { type WitnessConfig, witnessConfigSchema } from '#witness/config.ts';
import { initWitness } from '#witness/init.ts';
import { type RunningWitness, startWitness, type WitnessDeps } from '#witness/server.ts';
import { newKey } from './keys.ts';
import type { MemoryLog } from './memory-log.ts';

/** Things to be closed or removed when a test ends, last first. */
export class Cleanup {
  readonly #tasks: (() => unknown)[] = [];

  add(task: () => unknown): void {
    this.#tasks.push(task);
  }

  readonly run = async (): Promise<void> => {
    for (const task of this.#tasks.splice(0).reverse()) await task();
  };

  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'tecp-witness-'));
    this.add(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  /** A plain HTTP server on loopback; its URL. */
  async serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.add(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** The tiles of whichever log `view` answers at the time. */
  serveTiles(view: () => MemoryLog): Promise<string> {
    return this.serve((request, response) => {
      const tile = view().tile((request.url ?? '').slice(1));
      response.writeHead(tile === undefined ? 404 : 200).end(tile);
    });
  }
}

/** Log lines that a service wrote, as objects. */
export function capturedLogger(): { logger: Logger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => {
    lines.push(JSON.parse(line));
  };
  return {
    logger: createLogger({ name: 'witness', level: 'debug', destination: { write } }),
    lines,
  };
}

export interface WitnessSetup {
  readonly config: WitnessConfig;
  readonly keys: readonly SignerKey[];
}

type ConfigInput = z.input<ReturnType<typeof witnessConfigSchema>>;

/** Keys of both kinds and a configuration in a folder of its own. */
export function witnessSetup(
  folder: string,
  logs: readonly MemoryLog[],
  options: {
    name?: string;
    types?: readonly KeyType[];
    config?: Partial<ConfigInput>;
  } = {},
): WitnessSetup {
  const name = options.name ?? 'witness.example/one';
  const types = options.types ?? [KEY_TYPES.cosignatureEd25519, KEY_TYPES.cosignatureMlDsa44];
  const keys = types.map((type) => newKey(name, type));
  const files = keys.map((key) => {
    const path = join(folder, `${encodeURIComponent(name)}-${key.verifier.type}.key`);
    writeSignerKey(path, key);
    return path;
  });
  const config = witnessConfigSchema(z.string()).parse({
    listen: { port: 0 },
    database: join(folder, `${encodeURIComponent(name)}.db`),
    keys: files,
    logs: logs.map((log) => ({ vkey: log.key.verifier.text })),
    ...options.config,
  });
  return { config, keys };
}

export interface TestWitness extends RunningWitness {
  readonly client: WitnessClient;
}

/** Starts a witness, a new one at first, that is stopped by `cleanup` unless the test does so before. */
export async function startTestWitness(
  cleanup: Cleanup,
  config: WitnessConfig,
  deps: WitnessDeps = {},
): Promise<TestWitness> {
  const logger = createLogger({ name: 'witness', level: 'silent' });
  if (!databaseExists(config.database)) initWitness(config);
  const running = await startWitness(config, { logger, ...deps });
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= running.close();
    return closed;
  };
  cleanup.add(close);
  return { ...running, close, client: new WitnessClient(running.url) };
}
