/**
 * Ports for what cannot ask for port 0, as others have to know them before it starts. Each worker of the
 * test runner has a range of its own: between the look at a port and its use nobody else takes it.
 */
import { createServer } from 'node:net';

const FIRST_PORT = 10_000;
/** Below the ports that the system gives to clients, which would take one while nobody listens. */
const LAST_PORT = 32_000;
const RANGES = 8;
const RANGE_SIZE = (LAST_PORT - FIRST_PORT) / RANGES;
/** The ports of a network, from its base. */
const PORT_OFFSETS = [0, 11, 12, 13, 14, 20, 30];

/** A base port on which, and on the ports of a network from it, nothing listens now. */
export async function freeBasePort(): Promise<number> {
  for (;;) {
    const base = randomBasePort();
    const free = await Promise.all(PORT_OFFSETS.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

/** As many as a network has, for other servers that have to know each other's before they start. */
export async function freeUrls(): Promise<string[]> {
  const base = await freeBasePort();
  return PORT_OFFSETS.map((offset) => `http://127.0.0.1:${base + offset}`);
}

function randomBasePort(): number {
  const range = Number(process.env.VITEST_POOL_ID ?? 0) % RANGES;
  const within = Math.floor(Math.random() * (RANGE_SIZE - PORT_OFFSETS.at(-1)!));
  return FIRST_PORT + range * RANGE_SIZE + within;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
