/** An echo server as a process of its own, and what one request costs it under the load of a benchmark. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { httpRequest } from './load-client.ts';
import type { LoadGenerator } from './load-generator.ts';
import { end } from './network.ts';

export interface Echo {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

export async function startEcho(kind: 'node' | 'hono'): Promise<Echo> {
  const child = fork(new URL('./echo-server.ts', import.meta.url), [kind]);
  const [port] = (await once(child, 'message')) as [number];
  return { port, pid: child.pid!, stop: () => end(child) };
}

/** How often the requests are sent before they are measured. */
const WARM_UP_ROUNDS = 3;

/** Microseconds of the server for each of these bodies, once it is warm. */
export async function echoPostUs(
  { port, pid }: Echo,
  load: LoadGenerator,
  bodies: readonly Uint8Array[],
  connections: number,
): Promise<number> {
  const requests = bodies.map((body) => httpRequest('POST', '/', body));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await load.run({ port, connections, requests });
  }
  return (await load.measure(pid, { port, connections, requests })).serverUs;
}

/** Microseconds of the server for a GET that is answered with so many bytes. */
export async function echoGetUs(
  { port, pid }: Echo,
  load: LoadGenerator,
  bytes: number,
  { count, connections }: { count: number; connections: number },
): Promise<number> {
  const requests = Array.from({ length: count }, () => httpRequest('GET', `/${bytes}`));
  return (await load.measure(pid, { port, connections, requests })).serverUs;
}
