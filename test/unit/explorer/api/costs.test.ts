/** Bytes that wait for clients: a client that does not read is made no more of them, and others are. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { Spending } from '#explorer/api/costs.ts';
import type { ServiceContext } from '#service/app.ts';
import { HttpProblem } from '#service/problem.ts';
import { RateLimiter } from '#service/rate-limit.ts';

const MIB = 1024 * 1024;

function requestOf(address: string): ServiceContext {
  const incoming = new IncomingMessage(new Socket());
  incoming.headers['x-forwarded-for'] = address;
  const env = { incoming, outgoing: new ServerResponse(incoming) };
  return { env } as unknown as ServiceContext;
}

it('one client has its share, all have the budget, and whoever has read or is gone gives it back', () => {
  const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 });
  const spending = new Spending({ limiter, trustProxy: true });
  const first = requestOf('10.0.0.1');
  spending.hold(first, 12 * MIB);
  expect(() => spending.hold(requestOf('10.0.0.1'), 12 * MIB)).toThrow(HttpProblem);
  const others = ['2', '3', '4', '5'].map((end) => requestOf(`10.0.0.${end}`));
  for (const other of others) spending.hold(other, 12 * MIB);
  expect(() => spending.hold(requestOf('10.0.0.6'), 12 * MIB)).toThrow(HttpProblem);
  first.env.outgoing.emit('close');
  spending.hold(requestOf('10.0.0.1'), 12 * MIB);
});
