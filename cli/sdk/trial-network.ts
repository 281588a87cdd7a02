/**
 * A network for as long as something needs a log: that of `tecp up`, in a folder and on ports of its own, and
 * supervised by this process. How long its start and its stop may take is limited there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, EXIT } from '#cli/lib/errors.ts';
import type { Network } from '#cli/network/network.ts';
import { runNetwork } from '#cli/network/session.ts';

/** Below the ports that systems give to clients. */
const PORTS = { from: 10_000, to: 31_900 };
/** Somebody else may listen on a port that was chosen at random. */
const MAX_TRIES = 5;

export interface TrialNetwork {
  readonly logUrl: string;
  readonly policyPath: string;
}

/** Runs `work` with a network, which is gone afterwards. Its processes also end when this one is killed. */
export async function withTrialNetwork<T>(work: (network: TrialNetwork) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tecp-trial-'));
  try {
    const { network, stop } = await start(folder);
    try {
      return await work({ logUrl: network.log.url, policyPath: network.policyPath });
    } finally {
      await stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Started {
  readonly network: Network;
  readonly stop: () => Promise<void>;
}

async function start(folder: string): Promise<Started> {
  for (let tries = 1; ; tries++) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.to - PORTS.from));
    try {
      return await tryStart(join(folder, String(tries)), port);
    } catch (error) {
      const mayBeThePort = error instanceof CommandError && error.exitCode === EXIT.unusable;
      if (!mayBeThePort || tries === MAX_TRIES) throw error;
    }
  }
}

/** Throws `CommandError` when it does not get ready; nothing of it runs then. */
async function tryStart(data: string, port: number): Promise<Started> {
  const end = new AbortController();
  const signals = { stop: end.signal, kill: new AbortController().signal };
  const ready = Promise.withResolvers<Network>();
  const ended = runNetwork({ data, port, restart: false }, signals, {
    onStep: () => undefined,
    onReady: ({ network }) => ready.resolve(network),
  });
  ended.catch(ready.reject);
  const stop = async () => {
    end.abort();
    await ended;
  };
  return { network: await ready.promise, stop };
}
