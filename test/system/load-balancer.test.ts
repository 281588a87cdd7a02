/** What the configurations in deploy/load-balancer do with an answer of a front end: they hand it on, once. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isWithoutBalancer, LoadBalancer } from '#test/support/load-balancer.ts';
import { freeBasePort } from '#test/support/ports.ts';

/** A server that has too much to do, and counts what it was asked. */
async function busyServer(port: number): Promise<{ readonly requests: () => number }> {
  let requests = 0;
  const server = createServer((request, response) => {
    if (request.url === '/healthz') return void response.end();
    requests++;
    request.resume().on('end', () => response.writeHead(503, { 'retry-after': '7' }).end('busy'));
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests: () => requests };
}

for (const kind of ['nginx', 'haproxy'] as const) {
  describe.skipIf(isWithoutBalancer(kind))(kind, () => {
    it('hands on a 503 with its Retry-After, and asks no other front end', async () => {
      const port = await freeBasePort();
      const ports = [port + 11, port + 12] as const;
      const servers = await Promise.all(ports.map(busyServer));
      const balancer = await LoadBalancer.start(kind, port, ports);
      onTestFinished(() => balancer.stop());
      const url = `http://127.0.0.1:${port}/v1/log/entries`;
      const answer = await fetch(url, { method: 'POST', body: 'entry' });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('7');
      expect(await answer.text()).toBe('busy');
      expect(servers.reduce((sum, { requests }) => sum + requests(), 0)).toBe(1);
    });
  });
}
