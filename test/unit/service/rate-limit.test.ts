import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientAddress, RateLimiter } from '#service/rate-limit.ts';
import { newRateMemory, type RateMemory } from '#service/rate-table.ts';

const BURST = 20_000;

/** How many of far too many requests of one client a thread of its own is allowed. */
async function takeInThread(memory: RateMemory): Promise<number> {
  const worker = new Worker(new URL('../../support/rate-thread.ts', import.meta.url), {
    workerData: { memory, burst: BURST },
  });
  const [count] = await once(worker, 'message');
  await worker.terminate();
  return count;
}

describe('the rate limiter', () => {
  it('allows a burst, then says when to come back, then allows again', () => {
    const limiter = new RateLimiter({ ratePerSecond: 2, burst: 3 });
    for (let i = 0; i < 3; i++) expect(limiter.take('a', 0)).toEqual({ allowed: true });
    expect(limiter.take('a', 0)).toEqual({ allowed: false, retryAfterSeconds: 1 });
    expect(limiter.take('a', 499)).toMatchObject({ allowed: false });
    expect(limiter.take('a', 501)).toEqual({ allowed: true });
  });

  it('takes nothing when it refuses, and knows how long a large cost takes', () => {
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 10 });
    expect(limiter.take('a', 0, 8)).toEqual({ allowed: true });
    expect(limiter.take('a', 0, 8)).toEqual({ allowed: false, retryAfterSeconds: 6 });
    expect(limiter.take('a', 0, 2)).toEqual({ allowed: true });
  });

  it('keeps clients apart', () => {
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 });
    expect(limiter.take('a', 0)).toEqual({ allowed: true });
    expect(limiter.take('b', 0)).toEqual({ allowed: true });
    expect(limiter.take('a', 0)).toMatchObject({ allowed: false });
  });

  it('remembers a bounded number of clients, and forgets first whose bucket is full first', () => {
    const memory = newRateMemory(8);
    const { byteLength } = memory;
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 100, memory });
    limiter.take('most', 0, 90);
    for (let i = 0; i < 1000; i++) limiter.take(`x${i}`, i);
    expect(limiter.take('most', 1000, 50)).toMatchObject({ allowed: false });
    expect(limiter.take('x0', 1000, 100)).toEqual({ allowed: true });
    expect(memory.byteLength).toBe(byteLength);
  });

  it('keeps as many clients as it is for at once, but for a few that chance crowds out', () => {
    const clients = 4000;
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1, memory: newRateMemory(clients) });
    const names = Array.from({ length: clients }, (_, i) => `2001:db8:${i}::/64`);
    for (const name of names) expect(limiter.take(name, 0)).toEqual({ allowed: true });
    const forgotten = names.filter((name) => limiter.take(name, 1).allowed);
    // Half a client of 4000 is expected, as the seed of the table is random.
    expect(forgotten.length).toBeLessThan(clients / 200);
  });

  it('is one for all threads that share its memory', () => {
    const memory = newRateMemory(100, true);
    const [one, other] = [0, 1].map(() => new RateLimiter({ ratePerSecond: 1, burst: 3, memory }));
    const taken = [one!, other!, one!, other!, one!].map((limiter) => limiter.take('a', 0).allowed);
    expect(taken).toEqual([true, true, true, false, false]);
  });

  it('loses nothing that threads take at the same time', async () => {
    const memory = newRateMemory(100, true);
    const counts = await Promise.all(Array.from({ length: 3 }, () => takeInThread(memory)));
    expect(counts.reduce((sum, count) => sum + count)).toBe(BURST);
  });

  it('never allows more than the burst and the rate over any run of requests', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 400 }), { maxLength: 200 }), (steps) => {
        const limiter = new RateLimiter({ ratePerSecond: 10, burst: 5 });
        let nowMs = 0;
        let latestMs = 0;
        let allowed = 0;
        for (const step of steps) {
          nowMs = Math.max(0, nowMs + step);
          latestMs = Math.max(latestMs, nowMs);
          if (limiter.take('a', latestMs).allowed) allowed++;
        }
        expect(allowed).toBeLessThanOrEqual(5 + latestMs / 100 + 1e-6);
      }),
    );
  });

  it('gives nothing for a clock that steps back', () => {
    const limiter = new RateLimiter({ ratePerSecond: 1, burst: 1 });
    limiter.take('a', 1000);
    expect(limiter.take('a', 0)).toMatchObject({ allowed: false });
  });

  it('refuses a rate that could never allow anything', () => {
    expect(() => new RateLimiter({ ratePerSecond: 0, burst: 1 })).toThrow(RangeError);
    expect(() => new RateLimiter({ ratePerSecond: 1, burst: 0 })).toThrow(RangeError);
  });
});

describe('the client address', () => {
  const of = (remoteAddress: string | undefined, forwarded?: string, trust = false) =>
    clientAddress(
      {
        socket: { remoteAddress },
        headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      } as unknown as IncomingMessage,
      trust,
    );

  it('is the IPv4 address, also when it comes in IPv6 clothes', () => {
    expect(of('192.0.2.1')).toBe('192.0.2.1');
    expect(of('::ffff:192.0.2.1')).toBe('192.0.2.1');
  });

  it('is the network of an IPv6 address, however it is written', () => {
    const network = of('2001:db8:1:2:3:4:5:6');
    expect(network).toBe('2001:db8:1:2::/64');
    expect(of('2001:0DB8:1:2::9')).toBe(network);
    expect(of('2001:db8:1:3::9')).not.toBe(network);
    expect(of('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
    expect(of('::1')).toBe('0:0:0:0::/64');
  });

  it('is what the trusted proxy itself saw, and never a claim from before it', () => {
    expect(of('127.0.0.1', '6.6.6.6, 192.0.2.7', true)).toBe('192.0.2.7');
    expect(of('127.0.0.1', '6.6.6.6')).toBe('127.0.0.1');
    expect(of('127.0.0.1', '', true)).toBe('127.0.0.1');
  });

  it('is short whatever is sent', () => {
    expect(of('127.0.0.1', 'x'.repeat(5000), true).length).toBeLessThanOrEqual(64);
    expect(of(undefined)).toBe('unknown');
  });
});
