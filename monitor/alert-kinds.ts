/**
 * The kinds of alerts: how grave each is, whether it can pass, and what it means in a few words.
 */
export type Severity = 'critical' | 'warning';

interface AlertKindFacts {
  readonly severity: Severity;
  /** Stays open for good: what was signed, or is in the log, cannot be undone. */
  readonly permanent: boolean;
  readonly title: string;
}

export const ALERT_KINDS = {
  'log-contradiction': kind('critical', true, 'The log contradicts itself'),
  'witnesses-disagree': kind('critical', true, 'Witnesses were shown different trees'),
  'witness-misbehaviour': kind('critical', true, 'A witness contradicts itself'),
  'invalid-entry': kind('critical', true, 'The log holds invalid entries'),
  'root-mismatch': kind('critical', false, 'The entries do not make the signed tree'),
  'tile-mismatch': kind('critical', false, 'Tiles do not match the entries'),
  'checkpoint-invalid': kind('critical', false, 'The log shows no valid checkpoint'),
  'consistency-unproven': kind('critical', false, 'The log does not prove consistency'),
  'quorum-missing': kind('critical', false, 'The quorum of witnesses is missing'),
  'checkpoint-stale': kind('warning', false, 'The checkpoint is stale'),
  'log-down': kind('critical', false, 'The log does not answer'),
  'witness-invalid': kind('warning', false, 'A witness shows something invalid'),
  'witness-stale': kind('warning', false, 'A witness is stale'),
  'witness-down': kind('warning', false, 'A witness does not answer'),
} as const satisfies Record<string, AlertKindFacts>;

export type AlertKind = keyof typeof ALERT_KINDS;

function kind(severity: Severity, permanent: boolean, title: string): AlertKindFacts {
  return { severity, permanent, title };
}
