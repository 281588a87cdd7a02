/**
 * Fifty clients that each send 3.3 MB of requests without waiting for an answer, some without ever
 * reading one, against each server as a process of its own.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { monotonicMs, sleep } from '#service/schedule.ts';
import { postLines } from '#test/support/http.ts';
import { freshReceipt } from '#test/support/log.ts';
import { type Member, TestNetwork } from '#test/support/network.ts';
import { TestProcess } from '#test/support/processes.ts';
import { timed, timeStretch } from '#test/support/stretch.ts';
import { tempFolder } from '#test/support/temp.ts';

const CLIENTS = fileURLToPath(new URL('../support/pipelining-clients.ts', import.meta.url));
const WATCHED_MS = 4000;
/** On a machine that does nothing else; where processors are shared, longer by as much as all is. */
const MAX_HEALTH_MS = 1000;
const MAX_MEMORY_MIB = 400;
/** The drain of a server, 10 s, and some time to end. */
const MAX_STOP_MS = 12_000;

const GET_HEADER = 'Host: a\r\n\r\n';

interface Burst {
  readonly what: string;
  readonly request: string;
  readonly manner: 'read' | 'deaf';
}

function post(path: string, type: string, body: Uint8Array): string {
  const headers = `Host: a\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return `POST ${path} HTTP/1.1\r\n${headers}${Buffer.from(body).toString('latin1')}`;
}

async function withBurst(
  port: number,
  { request, manner }: Burst,
  work: () => Promise<void>,
): Promise<void> {
  const file = join(tempFolder(), 'request');
  writeFileSync(file, request, 'latin1');
  const clients = new TestProcess({ name: 'clients', args: [CLIENTS, String(port), file, manner] });
  clients.start();
  try {
    await clients.until(async () => clients.lines.includes('sent'));
    await work();
  } finally {
    await clients.stop('SIGKILL');
  }
}

/** The longest that a new client has waited for `/healthz`, and how busy the machine was at most. */
async function slowestHealth(url: string, durationMs: number) {
  const endMs = monotonicMs() + durationMs;
  let slowestMs = 0;
  let stretch = 1;
  while (monotonicMs() < endMs) {
    const startedMs = monotonicMs();
    const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } });
    expect(answer.status).toBe(200);
    await answer.bytes();
    slowestMs = Math.max(slowestMs, monotonicMs() - startedMs);
    stretch = Math.max(stretch, timeStretch());
    await sleep(20);
  }
  return { slowestMs, stretch };
}

/** Most memory that a process has ever had, where the system tells. */
function peakMiB(pid: number): number {
  if (process.platform !== 'linux') return 0;
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
}

async function bear(member: Member, bursts: readonly Burst[]): Promise<void> {
  const port = Number(new URL(member.url).port);
  const pid = member.process.pid!;
  const seen: string[] = [];
  for (const burst of bursts) {
    await withBurst(port, burst, async () => {
      const { slowestMs, stretch } = await slowestHealth(member.url, WATCHED_MS);
      const took = `${Math.round(slowestMs)} ms (all took ${stretch.toFixed(1)} times as long)`;
      seen.push(`${burst.what}: ${took}, ${Math.round(peakMiB(pid))} MiB`);
      expect(slowestMs, seen.join('; ')).toBeLessThan(MAX_HEALTH_MS * stretch);
      expect(peakMiB(pid), seen.join('; ')).toBeLessThan(MAX_MEMORY_MIB);
    });
  }
  await withBurst(port, bursts[0]!, async () => {
    const { result, tookMs, stretch } = await timed(() => member.process.stop('SIGTERM'));
    seen.push(`SIGTERM: ${Math.round(tookMs)} ms`);
    expect(result).toEqual({ code: 0, signal: null });
    expect(tookMs, seen.join('; ')).toBeLessThan(MAX_STOP_MS * stretch);
  });
}

function gets(path: string, manner: Burst['manner']): Burst {
  const request = `GET ${path} HTTP/1.1\r\n${GET_HEADER}`;
  return { what: `${manner} GET ${path}`, request, manner };
}

it('a log bears requests that are sent without waiting for answers', async () => {
  const network = await TestNetwork.create();
  await network.startAll();
  const receipts = Array.from({ length: 300 }, () => freshReceipt());
  await postLines(`${network.log.url}/v1/log/entries`, receipts);
  await network.settled(300);
  const submission = post('/v1/log/entries', 'application/json', receipts[0]!);
  await bear(network.log, [
    gets('/checkpoint', 'read'),
    { what: 'POST', request: submission, manner: 'read' },
    gets('/tile/entries/000', 'deaf'),
  ]);
});

it('a witness bears requests that are sent without waiting for answers', async () => {
  const network = await TestNetwork.create();
  const [witness] = network.witnesses;
  await witness!.start();
  const body = Buffer.from(`old 0\n\n${network.origin}\n1\n${'A'.repeat(43)}=\n\n— x AAAAAAAA\n`);
  await bear(witness!, [
    gets('/', 'read'),
    { what: 'POST', request: post('/add-checkpoint', 'text/plain', body), manner: 'read' },
    gets('/', 'deaf'),
  ]);
});

it('a monitor bears requests that are sent without waiting for answers', async () => {
  const network = await TestNetwork.create();
  await network.monitor.start();
  await bear(network.monitor, [
    gets('/v1/status', 'read'),
    { what: 'POST', request: post('/v1/status', 'text/plain', Buffer.alloc(100)), manner: 'read' },
    gets('/', 'deaf'),
  ]);
});
