/** What the monitor has checked, and whether that is all and all is well: the text of a heartbeat. Pure. */
import type { HeartbeatJson } from '../alerts/notice.ts';
import { duration } from '../judge/judgement.ts';
import type { LogStatus, Status, WitnessStatus } from '../status/status.ts';

/** `staleMs`: a look that is older is none. */
export function reportOf(status: Status, staleMs: number): HeartbeatJson {
  const { nowMs, startedAtMs, problems, alerts, logs, witnesses, evidence } = status;
  const unchecked = [
    ...logs.flatMap((log) => uncheckedOf(log, nowMs, staleMs)),
    ...witnesses.flatMap((witness) => unaskedOf(witness, nowMs, staleMs)),
  ];
  const critical = alerts.filter(({ severity }) => severity === 'critical').length;
  return {
    ok: status.ok && unchecked.length === 0,
    at: nowMs,
    started_at: startedAtMs,
    unchecked,
    problems,
    open_alerts: { critical, warning: alerts.length - critical },
    logs: logs.map(({ origin, size, verifiedSize, walkedSize }) => {
      const shown = size === undefined ? {} : { size };
      return { origin, ...shown, verified_size: verifiedSize, walked_size: walkedSize };
    }),
    witnesses: witnesses.map(({ name, failure }) => ({ name, answering: failure === undefined })),
    evidence: evidence.length,
  };
}

function uncheckedOf(log: LogStatus, nowMs: number, staleMs: number): string[] {
  const { origin, size = 0, verifiedSize, checkedAtMs } = log;
  const late = lateness(checkedAtMs, nowMs, staleMs);
  if (late !== undefined) return [`${origin} ${late}.`];
  return size > 0 && verifiedSize === 0 ? [`No entry of ${origin} has been checked yet.`] : [];
}

function unaskedOf({ name, logs }: WitnessStatus, nowMs: number, staleMs: number): string[] {
  const times = logs.flatMap(({ checkedAtMs }) => (checkedAtMs === undefined ? [] : [checkedAtMs]));
  const latest = times.length === 0 ? undefined : Math.max(...times);
  const late = lateness(latest, nowMs, staleMs);
  return late === undefined ? [] : [`${name} ${late}.`];
}

function lateness(atMs: number | undefined, nowMs: number, staleMs: number): string | undefined {
  if (atMs === undefined) return 'has given no good answer yet';
  const agoMs = nowMs - atMs;
  return agoMs > staleMs ? `has given no good answer for ${duration(agoMs)}` : undefined;
}
