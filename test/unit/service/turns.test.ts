import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { monotonicMs } from '#service/schedule.ts';
import { inTurn, inUrgentTurn } from '#service/turns.ts';

function workFor(ms: number): void {
  const endMs = monotonicMs() + ms;
  while (monotonicMs() < endMs);
}

const one = { remoteAddress: '127.0.0.1' } as Socket;
const other = { remoteAddress: '127.0.0.2' } as Socket;

describe('work in turn', () => {
  it('runs in order, never at once', async () => {
    const ran: number[] = [];
    const done = new Promise<void>((resolve) => {
      for (let n = 0; n < 1000; n++) {
        inTurn(one, () => {
          ran.push(n);
          if (n === 999) resolve();
        });
      }
    });
    expect(ran).toEqual([]);
    await done;
    expect(ran).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  });

  it('of a client that asks for little does not wait for all that another one has asked for', async () => {
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 100; n++) {
        inTurn(one, () => {
          ran.push('one');
          if (n === 99) resolve();
        });
      }
      for (let n = 0; n < 3; n++) inTurn(other, () => ran.push('other'));
    });
    expect(ran.slice(0, 6)).toEqual(['one', 'other', 'one', 'other', 'one', 'other']);
    expect(ran).toHaveLength(103);
  });

  it('that is urgent has every other turn, however much of either there is', async () => {
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 50; n++) {
        inTurn(one, () => ran.push('usual'));
        inUrgentTurn(other, () => ran.push('urgent'));
      }
      inTurn(one, resolve);
    });
    for (let n = 0; n < 100; n += 2) expect(new Set(ran.slice(n, n + 2)).size).toBe(2);
  });

  it('that asks for a turn while it runs gets one', async () => {
    const ran = await new Promise<string>((resolve) => {
      inTurn(one, () => inTurn(one, () => inTurn(one, () => resolve('third'))));
    });
    expect(ran).toBe('third');
  });

  it('lets the loop go round after a few milliseconds, also counting what promises go on with', async () => {
    let rounds = 0;
    let isDone = false;
    const count = () => {
      rounds += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 40; n++) {
        inTurn(one, async () => {
          await Promise.resolve();
          workFor(3);
          if (n === 39) resolve();
        });
      }
    });
    isDone = true;
    expect(rounds).toBeGreaterThanOrEqual(15);
  });
});
