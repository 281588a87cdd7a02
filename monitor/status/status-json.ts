/** The status as `GET /v1/status` answers it: names in snake case, times in Unix milliseconds. */
import { evidenceItem } from '#service/evidence/evidence-item.ts';
import { alertJson } from '../alerts/alert-json.ts';
import { sloJson } from '../canary/slo-json.ts';
import type { LogJson, StatusJson, WitnessJson } from './schemas.ts';
import type { LogStatus, Status, WitnessStatus } from './status.ts';

export function statusJson(status: Status): StatusJson {
  return {
    ok: status.ok,
    problems: status.problems,
    now: status.nowMs,
    started_at: status.startedAtMs,
    quorum: status.quorum,
    logs: status.logs.map(logJson),
    witnesses: status.witnesses.map(witnessJson),
    alerts: status.alerts.map(alertJson),
    evidence: status.evidence.map(evidenceItem),
    sinks: status.sinks.map(({ name, waiting, setAside, away }) => {
      return { name, waiting, set_aside: setAside, away: away?.reason };
    }),
    gossip: status.gossip,
    slo: status.canaries.map(sloJson),
  };
}

/** Members that are undefined are left out by `JSON.stringify`. */
function logJson(log: LogStatus): LogJson {
  return {
    origin: log.origin,
    url: log.url,
    size: log.size,
    root: log.root,
    quorum_met: log.quorumMet,
    quorum: log.quorum,
    last_quorum_at: log.lastQuorumAtMs,
    cosigners: log.cosigners,
    cosigned_at: log.cosignedAtMs,
    agreement: log.agreement,
    verified_size: log.verifiedSize,
    walked_size: log.walkedSize,
    invalid_entries: log.invalidEntries,
    unjudged_entries: log.unjudgedEntries,
    checked_at: log.checkedAtMs,
    failure: log.failure,
  };
}

function witnessJson({ name, url, failure, logs }: WitnessStatus): WitnessJson {
  return {
    name,
    url,
    answering: failure === undefined,
    failure,
    logs: logs.map(({ origin, agreement, size, root, cosignedAtMs, checkedAtMs }) => {
      return { origin, agreement, size, root, cosigned_at: cosignedAtMs, checked_at: checkedAtMs };
    }),
  };
}
