/**
 * Waiting until a network does its job: every process answers, and the log shows a checkpoint that
 * has the quorum of the policy.
 */
import { createServer } from 'node:net';
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { plural } from '#cli/lib/print.ts';
import { get, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';
import { errorCode } from '#service/errors.ts';
import { sleep } from '#service/schedule.ts';
import type { Network, Role } from './network.ts';

const POLL_MS = 40;
const POLL_TIMEOUT_MS = 2000;
/** Only what hangs takes so long: on a busy machine a process needs half a minute to start. */
const READY_TIMEOUT_MS = 180_000;

/** Refuses, naming the first port that cannot be listened on. */
export async function checkPorts(
  roles: readonly Pick<Role, 'name' | 'host' | 'port'>[],
): Promise<void> {
  for (const { name, host, port } of roles) {
    const code = await tryPort(host, port);
    if (code === undefined) continue;
    const problem =
      code === 'EADDRINUSE'
        ? 'is already in use by another program'
        : code === 'EACCES'
          ? 'is not for this user (ports below 1024 are not)'
          : `cannot be listened on (${code})`;
    throw unusable(
      `Port ${port} on ${host}, for ${name}, ${problem}; choose other ports with --port BASE.`,
    );
  }
}

function tryPort(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(errorCode(error) ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** Why something is not ready yet; undefined when it is. */
type Check = () => Promise<string | undefined>;

async function waitFor(check: Check, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const reason = await check();
    if (reason === undefined || signal.aborted) return;
    if (performance.now() > deadline) {
      throw new CommandError(`Not ready after ${READY_TIMEOUT_MS / 1000} seconds: ${reason}.`);
    }
    await sleep(POLL_MS, signal);
  }
}

/** Waits until the process answers, or the signal is aborted. */
export async function waitUntilAlive(role: Role, signal: AbortSignal): Promise<void> {
  await waitFor(async () => {
    const failure = await healthFailure(role);
    return failure && `${role.name} does not answer (${failure})`;
  }, signal);
}

export async function isAnswering(role: Role): Promise<boolean> {
  return (await healthFailure(role)) === undefined;
}

async function healthFailure({ url }: Role): Promise<string | undefined> {
  const health = `${new URL(url).origin}/healthz`;
  return await remoteFailure(() => get(health, { timeoutMs: POLL_TIMEOUT_MS }));
}

/**
 * Waits until the log's checkpoint has its quorum and entries are taken, or the signal is aborted.
 */
export async function waitForQuorum({ log, policy }: Network, signal: AbortSignal): Promise<void> {
  const url = `${log.url}/checkpoint`;
  await waitFor(async () => {
    let reason: string | undefined;
    const failure = await remoteFailure(async () => {
      const note = decodeUtf8(await get(url, { timeoutMs: POLL_TIMEOUT_MS }));
      const { quorumMet, cosignatures } = openWithPolicy(note, policy);
      if (!quorumMet) reason = `only ${plural(cosignatures.length, 'cosignature')}, no quorum`;
    });
    if (failure !== undefined) return `no checkpoint yet (${failure})`;
    return reason ?? (await notReady(log));
  }, signal);
}

async function notReady({ name, url }: Role): Promise<string | undefined> {
  const ready = `${new URL(url).origin}/readyz`;
  const failure = await remoteFailure(() => get(ready, { timeoutMs: POLL_TIMEOUT_MS }));
  return failure && `${name} is not ready (${failure})`;
}

async function remoteFailure(request: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await request();
    return undefined;
  } catch (error) {
    if (error instanceof RemoteError || error instanceof ProtocolError) return error.message;
    throw error;
  }
}
