/** The network of regions that `tecp bench regions` measures in: it takes its time, and can be cut. */
import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { REGIONS, type Region, roundTripMs } from '#test/bench/support/regions/distances.ts';
import { addressOf, Internet } from '#test/bench/support/regions/internet.ts';
import { until } from '#test/support/wait.ts';

const run = promisify(execFile);
/** Prints the milliseconds until the other end has refused a connection, or that it did not within a second. */
const CONNECT = `
import socket, sys, time
began = time.monotonic()
try:
    socket.create_connection((sys.argv[1], 9), timeout=1)
except ConnectionRefusedError:
    print(1000 * (time.monotonic() - began))
except TimeoutError:
    print("silence")
`;

function canMake(): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/dev/net/tun')) return false;
  try {
    execFileSync('unshare', [
      '--net',
      'python3',
      '-c',
      'import sys; assert sys.version_info >= (3, 10)',
    ]);
    return true;
  } catch {
    return false;
  }
}

it.skipIf(!canMake())(
  'regions are as far from one another as they are said to be, until one is cut off',
  async () => {
    const internet = await Internet.make(1);
    onTestFinished(() => internet.close());
    const ask = async (from: Region, to: Region): Promise<string> => {
      const [command, ...args] = [...internet.under(from), 'python3', '-c', CONNECT, addressOf(to)];
      return (await run(command!, args)).stdout.trim();
    };
    const arrives = (from: Region, to: Region) =>
      until(async () => {
        const said = await ask(from, to);
        return said !== 'silence' && Number(said);
      });
    for (const from of REGIONS) {
      for (const to of REGIONS) {
        expect(await arrives(from, to)).toBeGreaterThanOrEqual(roundTripMs(from, to));
      }
    }
    internet.cut('asia');
    expect(await ask('us', 'asia')).toBe('silence');
    expect(await ask('asia', 'eu')).toBe('silence');
    await arrives('us', 'eu');
    internet.heal('asia');
    await arrives('us', 'asia');
    expect((await internet.carried()).carried).toBeGreaterThan(0);
  },
);
