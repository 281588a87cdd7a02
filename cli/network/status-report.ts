/** What `tecp status` says: a table and what is wrong for people, one line of JSON for programs. */
import { displayPath } from '#cli/lib/layout.ts';
import { formatAge, formatTable, plural, printable } from '#cli/lib/print.ts';
import { paint } from '#cli/lib/style.ts';
import type { RoleHealth } from './health.ts';
import type { RunState } from './run-state.ts';

export function isAllWell(state: RunState, roles: readonly RoleHealth[]): boolean {
  return state.ready && roles.every(({ problems }) => problems.length === 0);
}

/** Times are Unix milliseconds. Members that are undefined are left out by `JSON.stringify`. */
export function statusJson(data: string, state: RunState, roles: readonly RoleHealth[]) {
  return {
    ok: isAllWell(state, roles),
    running: true,
    data,
    pid: state.pid,
    since: state.sinceMs,
    ready: state.ready,
    roles: roles.map((role) => ({
      name: role.name,
      kind: role.kind,
      ok: role.problems.length === 0,
      state: role.state,
      problems: role.problems,
      url: role.url,
      pid: role.pid,
      since: role.sinceMs,
      restarts: role.restarts,
      size: role.size,
      published_size: role.publishedSize,
      frozen: role.frozen,
      cosigned_at: role.cosignedAtMs,
      verified_size: role.verifiedSize,
      alerts: role.alerts,
      indexed_size: role.indexedSize,
    })),
  };
}

export function formatStatus(
  data: string,
  state: RunState,
  roles: readonly RoleHealth[],
  nowMs: number,
): string {
  const folder = displayPath(data);
  const age = formatAge(nowMs - state.sinceMs);
  const verdict = isAllWell(state, roles)
    ? `${paint('good', 'All is well')}: the network in ${folder} has run for ${age} (process ${state.pid}).`
    : state.ready
      ? `${paint('bad', 'Something is wrong')} with the network in ${folder}, which has run for ${age} (process ${state.pid}).`
      : `${paint('warning', 'Starting')}: the network in ${folder} is not ready yet (process ${state.pid}).`;
  const table = formatTable(roles.map((role) => rowOf(role, nowMs)));
  return `${verdict}\n\n${table}${formatProblems(roles)}`;
}

function rowOf(role: RoleHealth, nowMs: number): string[] {
  const { name, state, pid, sinceMs, restarts, url, problems } = role;
  const tone = problems.length === 0 ? 'good' : state === 'running' ? 'warning' : 'bad';
  const since = sinceMs === undefined ? '' : formatAge(nowMs - sinceMs);
  const times = restarts === 0 ? '' : `, restarted ${plural(restarts, 'time')}`;
  const life = `${since}${times}`;
  return [
    paint('strong', name),
    paint(tone, state),
    life,
    pid === undefined ? '-' : String(pid),
    url,
    factsOf(role, nowMs),
  ];
}

function factsOf(role: RoleHealth, nowMs: number): string {
  const { kind, size, publishedSize, cosignedAtMs, verifiedSize, alerts, indexedSize } = role;
  const ago = cosignedAtMs === undefined ? '' : `${formatAge(nowMs - cosignedAtMs)} ago`;
  const entries = (count: number | undefined): string => plural(count ?? 0, 'entry', 'entries');
  if (kind === 'log' && publishedSize !== undefined) {
    const end = role.frozen ? ', frozen' : '';
    return `${entries(size ?? publishedSize)}, ${publishedSize} published${end}, cosigned ${ago || 'by nobody'}`;
  }
  if (kind === 'witness' && size !== undefined) {
    return ago === '' ? 'has cosigned nothing yet' : `cosigned size ${size}, ${ago}`;
  }
  if (kind === 'monitor' && alerts !== undefined) {
    return `${entries(verifiedSize)} checked, ${alerts === 0 ? 'no alerts' : plural(alerts, 'alert')}`;
  }
  if (kind === 'explorer' && indexedSize !== undefined) return `${entries(indexedSize)} indexed`;
  return '';
}

function formatProblems(roles: readonly RoleHealth[]): string {
  const lines = roles.flatMap(({ name, problems }) =>
    problems.map((problem) => `  ${paint('strong', name)}: ${printable(problem)}\n`),
  );
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}
