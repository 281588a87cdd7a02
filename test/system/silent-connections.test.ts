/** One address that holds connections open and sends nothing, against a log as a process of its own. */
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { TestNetwork } from '#test/support/network.ts';
import { TestProcess } from '#test/support/processes.ts';

const CLIENTS = fileURLToPath(new URL('../support/silent-clients.ts', import.meta.url));
const COUNT = 18_000;
const WATCHED_MS = 5000;

/** What another client is told, which comes from an address of its own: a status or an error. */
async function askFromElsewhere(url: string): Promise<number | string> {
  return await new Promise((resolve) => {
    const asked = request(`${url}/checkpoint`, { localAddress: '127.0.0.2', agent: false });
    asked.on('error', (error) => resolve(error.message));
    asked.on('response', (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode!));
    });
    asked.end();
  });
}

// Of the loopback addresses macOS has only one.
it.skipIf(process.platform === 'darwin')(
  'eighteen thousand silent connections of one address fail no request of others',
  async () => {
    const network = await TestNetwork.create();
    await network.startAll();
    const { port } = new URL(network.log.url);
    const clients = new TestProcess({ name: 'silent', args: [CLIENTS, port, String(COUNT)] });
    const outcomes = new Map<number | string, number>();
    const ask = async () => {
      const outcome = await askFromElsewhere(network.log.url);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      await sleep(10);
    };
    clients.start();
    try {
      // While they are being opened, and for a time after that.
      while (!clients.lines.includes('open')) await ask();
      const endMs = monotonicMs() + WATCHED_MS;
      while (monotonicMs() < endMs) await ask();
    } finally {
      await clients.stop('SIGKILL');
    }
    expect([...outcomes.keys()]).toEqual([200]);
  },
);
