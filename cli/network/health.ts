/**
 * How each role of a network is, by what it answers now: read over HTTP, all at once, each request with
 * a deadline, so that one that hangs costs no more than that. Answers are read, not believed; the
 * log's checkpoint is judged by the policy.
 */
import { existsSync } from 'node:fs';
import { displayPath, type RoleKind } from '#cli/lib/layout.ts';
import {
  embeddedFolder,
  embeddedOutput,
  embeddedProcess,
  embeddedUrl,
} from '#cli/postgres/embedded.ts';
import { get, parseJsonObject, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { openWithPolicy } from '#protocol/policy/policy.ts';
import { everyRole, type Network, type Role } from './network.ts';
import type { LifeState, RoleState, RunState } from './run-state.ts';

const TIMEOUT_MS = 5000;

export interface RoleHealth {
  readonly name: string;
  readonly kind: RoleKind | 'postgres';
  readonly url: string;
  /** `absent` while the network starts and has not come to it. */
  readonly state: LifeState | 'absent';
  readonly pid?: number;
  readonly sinceMs?: number;
  readonly restarts: number;
  /** What is wrong with it, each a sentence without its end; all is well when there is nothing. */
  readonly problems: readonly string[];
  /** Entries that the log holds, or leaves under what a witness cosigned last. */
  readonly size?: number;
  /** Of a log: entries under its published checkpoint. */
  readonly publishedSize?: number;
  /** Of a log: it takes no entry ever again. */
  readonly frozen?: true;
  /** Of a log: when its quorum had cosigned; of a witness: when it cosigned last. Unix time. */
  readonly cosignedAtMs?: number;
  /** Of a monitor: entries whose every byte it has checked. */
  readonly verifiedSize?: number;
  /** Of a monitor: alerts that are open. */
  readonly alerts?: number;
  /** Of an explorer: entries that can be searched. */
  readonly indexedSize?: number;
}

type Seen = Pick<RoleHealth, 'problems'> & Partial<RoleHealth>;

export async function readHealth(network: Network, state: RunState): Promise<RoleHealth[]> {
  const roles = await Promise.all(
    everyRole(network).map(async (role) => {
      const life = state.roles.find(({ name }) => name === role.name);
      const base = lifeOf(role, life);
      if (base.state !== 'running') return base;
      return { ...base, ...(await look(role, network)) };
    }),
  );
  return existsSync(embeddedFolder(network.data)) ? [postgresOf(network), ...roles] : roles;
}

/** Whether the log can use it the log says. */
function postgresOf({ data }: Network): RoleHealth {
  const pid = embeddedProcess(data);
  const base = { name: 'postgres', kind: 'postgres' as const, url: embeddedUrl(data), restarts: 0 };
  if (pid !== undefined) return { ...base, state: 'running', pid, problems: [] };
  return { ...base, state: 'dead', problems: [`dead; see ${displayPath(embeddedOutput(data))}`] };
}

function lifeOf({ name, kind, url }: Role, life: RoleState | undefined): RoleHealth {
  const base = { name, kind, url };
  if (life === undefined) {
    return { ...base, state: 'absent', restarts: 0, problems: ['not started yet'] };
  }
  const { state, pid, sinceMs, restarts, reason } = life;
  const why = reason === undefined ? '' : ` (${reason.replace(/\.$/, '')})`;
  const problems = {
    running: [],
    restarting: [`ended${why}, and is started again`],
    stopping: ['stops, as asked'],
    stopped: ['stopped on purpose'],
    dead: [`dead${why}`],
  }[state];
  return { ...base, state, ...(pid === undefined ? {} : { pid }), sinceMs, restarts, problems };
}

async function look(role: Role, network: Network): Promise<Seen> {
  try {
    const unready = await readiness(role);
    const seen = await LOOKS[role.kind](role, network);
    return { ...seen, problems: [...unready, ...seen.problems] };
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof ProtocolError)) throw error;
    return { problems: [describeFailure(error)] };
  }
}

const LOOKS: Readonly<Record<RoleKind, (role: Role, network: Network) => Promise<Seen>>> = {
  log: lookAtLog,
  witness: lookAtWitness,
  monitor: lookAtMonitor,
  explorer: lookAtExplorer,
};

function describeFailure(error: RemoteError | ProtocolError): string {
  if (!(error instanceof RemoteError)) return error.message;
  return `does not answer as it should (${error.message.slice(error.url.length + 2)})`;
}

/** What `/readyz` says is in the way; nothing when it is ready. */
async function readiness({ url }: Role): Promise<string[]> {
  try {
    await read(`${new URL(url).origin}/readyz`);
    return [];
  } catch (error) {
    if (!(error instanceof RemoteError) || error.status !== 503) throw error;
    const reasons = parseJsonObject(error.body ?? '')?.reasons ?? {};
    return [`not ready: ${Object.values(reasons).map(String).join('; ')}`];
  }
}

async function read(url: string): Promise<string> {
  return decodeUtf8(await get(url, { timeoutMs: TIMEOUT_MS }));
}

async function readObject(url: string): Promise<Record<string, unknown>> {
  const object = parseJsonObject(await read(url));
  if (object === undefined) throw new RemoteError('bad-content', url, 'expected a JSON object');
  return object;
}

async function lookAtLog({ url }: Role, { policy }: Network): Promise<Seen> {
  const [note, metrics] = await Promise.all([
    read(`${url}/checkpoint`),
    read(`${new URL(url).origin}/metrics`),
  ]);
  const { checkpoint, quorumMet, quorumTimeSeconds } = openWithPolicy(note, policy);
  const size = Number(/^tecp_log_tree_size\{.*\} (\d+)$/m.exec(metrics)?.[1] ?? Number.NaN);
  return {
    ...(Number.isNaN(size) ? {} : { size }),
    publishedSize: checkpoint.size,
    ...(/^tecp_log_frozen\{.*\} 1$/m.test(metrics) && { frozen: true as const }),
    ...(quorumTimeSeconds === undefined ? {} : { cosignedAtMs: quorumTimeSeconds * 1000 }),
    problems: quorumMet ? [] : ['its checkpoint lacks the quorum'],
  };
}

async function lookAtWitness({ url }: Role): Promise<Seen> {
  const { logs, evidence } = await readObject(url);
  const log = firstOf(logs);
  const problems = [];
  if (log.frozen_by !== undefined)
    problems.push('it has proof against the log, and cosigns no more');
  else if (log.cosigning === false)
    problems.push('the log owes it a comparison; it does not cosign');
  if (typeof evidence === 'number' && evidence > 0)
    problems.push(`it holds evidence (${evidence})`);
  const at = numberOf(log.cosigned_at);
  const size = numberOf(log.size);
  return {
    ...(size === undefined ? {} : { size }),
    ...(at === undefined || at === 0 ? {} : { cosignedAtMs: at * 1000 }),
    problems,
  };
}

async function lookAtMonitor({ url }: Role): Promise<Seen> {
  const { logs, alerts, problems } = await readObject(`${url}/v1/status`);
  const open = Array.isArray(alerts) ? alerts : [];
  const verifiedSize = numberOf(firstOf(logs).verified_size);
  return {
    ...(verifiedSize === undefined ? {} : { verifiedSize }),
    alerts: open.length,
    problems: [
      ...(Array.isArray(problems) ? problems.map(String) : []),
      ...open.map(({ severity, title, subject, detail }) => {
        const whom = subject === undefined ? '' : ` (${subject})`;
        return `alert, ${severity}: ${title}${whom}: ${detail}`;
      }),
    ],
  };
}

async function lookAtExplorer({ url }: Role): Promise<Seen> {
  const { logs } = await readObject(`${url}/v1/logs`);
  const { size, state, trouble } = firstOf(logs);
  const problems = [];
  if (state === 'frozen') problems.push('it has proof against the log, and reads no more of it');
  else if (state === 'trouble') problems.push(`it does not read on: ${trouble}`.replace(/\.$/, ''));
  const indexedSize = numberOf(size);
  return { ...(indexedSize === undefined ? {} : { indexedSize }), problems };
}

function firstOf(list: unknown): Record<string, unknown> {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : {};
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
