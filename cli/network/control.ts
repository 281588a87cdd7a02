/**
 * Asking the "up" that runs on a folder: to be ready, to stop some of its processes, to start them
 * again. Every wait has a limit and ends when that "up" does.
 */
import { CommandError, unusable } from '#cli/lib/errors.ts';
import { displayPath, type RoleFiles } from '#cli/lib/layout.ts';
import { isAlive } from '#service/is-alive.ts';
import { sleep } from '#service/schedule.ts';
import { commandOn } from './hints.ts';
import { everyRole, findNetwork, findRoles, type Network } from './network.ts';
import { isAnswering } from './readiness.ts';
import { isRequestWaiting, makeRequest, type Request } from './requests.ts';
import { isRunning, type RoleState, type RunState, readRunState } from './run-state.ts';

const POLL_MS = 50;
/** Longer than a start may take, or a stop. */
const TIMEOUT_MS = 240_000;

/** The roles of these names, in the network of this folder. */
export function namedRoles(data: string, names: readonly string[]): RoleFiles[] {
  const roles = findRoles(data) ?? [];
  return names.map((name) => {
    const found = roles.find((role) => role.name === name);
    if (found !== undefined) return found;
    const known = roles.map((role) => role.name).join(', ');
    throw unusable(`There is no "${name}" in ${displayPath(data)}; there are ${known}.`);
  });
}

/** Waits until the network is ready, and returns how it is. */
export async function untilReady(data: string): Promise<RunState> {
  return await until(data, `The network in ${displayPath(data)} does not get ready`, () => {
    const state = readRunState(data);
    return state?.ready && isAlive(state.pid) ? state : undefined;
  });
}

/** Stops these processes, which stay stopped until somebody starts them. */
export async function stopRoles(data: string, roles: readonly RoleFiles[]): Promise<void> {
  await untilReady(data);
  await Promise.all(roles.map((role) => ask(data, role, 'stop')));
}

/** Starts those that do not run, and waits until they answer. */
export async function startRoles(data: string, roles: readonly RoleFiles[]): Promise<void> {
  const all = everyRole(await networkOf(data));
  const { roles: states } = await untilReady(data);
  const idle = roles.filter(({ name }) => roleIn(states, name)?.state !== 'running');
  await Promise.all(
    idle.map(async (files) => {
      await ask(data, files, 'start');
      const role = all.find(({ name }) => name === files.name)!;
      await until(data, `${role.name} does not answer`, async () => {
        checkNotDead(data, files);
        return (await isAnswering(role)) || undefined;
      });
    }),
  );
}

export async function networkOf(data: string): Promise<Network> {
  const network = await findNetwork(data);
  if (network !== undefined) return network;
  throw unusable(`There is no network in ${displayPath(data)}; name its folder with --data.`);
}

async function ask(data: string, role: RoleFiles, request: Request): Promise<void> {
  if (readRunState(data)?.isDeaf) {
    throw new CommandError(
      `The network in ${displayPath(data)} was started by an older version of this program, which stops ` +
        `only all of it: "${commandOn(data, 'down')}", then "${commandOn(data, 'up')}".`,
    );
  }
  const askedMs = Date.now();
  await makeRequest(role, request);
  await until(data, `${role.name} does not ${request}`, () => {
    const now = roleIn(readRunState(data)?.roles ?? [], role.name);
    if (now === undefined || isRequestWaiting(role)) return undefined;
    if (request === 'stop') return now.state === 'stopped' || undefined;
    // One that was dead before may be seen as such for a moment.
    const hasActed = now.state === 'running' || now.sinceMs >= askedMs;
    return hasActed || undefined;
  });
}

function checkNotDead(data: string, { name, output }: RoleFiles): void {
  const now = roleIn(readRunState(data)?.roles ?? [], name);
  if (now?.state !== 'dead') return;
  const why = now.reason ?? `see ${displayPath(output)}`;
  throw new CommandError(`${name} does not run: ${why.replace(/\.$/, '')}.`);
}

function roleIn(states: readonly RoleState[], name: string): RoleState | undefined {
  return states.find((state) => state.name === name);
}

async function until<T>(
  data: string,
  problem: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (!isRunning(data)) {
      throw new CommandError(`The network in ${displayPath(data)} was stopped meanwhile.`);
    }
    if (performance.now() > deadline) {
      const hint = commandOn(data, 'status');
      throw new CommandError(`${problem}, after ${TIMEOUT_MS / 1000} s; see "${hint}".`);
    }
    await sleep(POLL_MS);
  }
}
