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
  'log-went-back': kind('critical', false, 'The log shows less than it showed'),
  'witness-other-tree': kind('critical', false, 'A witness shows another tree'),
  'quorum-missing': kind('critical', false, 'The quorum of witnesses is missing'),
  'log-down': kind('critical', false, 'The log does not answer'),
  'checkpoint-unproven': kind('warning', false, 'A checkpoint that no witness knows is unproven'),
  'checkpoint-stale': kind('warning', false, 'The checkpoint is stale'),
  'entry-suspected': kind('warning', false, 'The log serves an entry that is invalid'),
  'monitor-lag': kind('warning', false, 'The monitor is behind the log'),
  'witness-cosigned-backwards': kind(
    'warning',
    false,
    'A witness cosigned a smaller tree later: a clock set back, or a lie',
  ),
  'witness-went-back': kind('warning', false, 'A witness shows less than it showed'),
  'witness-invalid': kind('warning', false, 'A witness shows something invalid'),
  'witness-stale': kind('warning', false, 'A witness is stale'),
  'witness-error': kind('warning', false, 'A witness answers with an error'),
  'witness-down': kind('warning', false, 'A witness does not answer'),
} as const satisfies Record<string, AlertKindFacts>;

export type AlertKind = keyof typeof ALERT_KINDS;

function kind(severity: Severity, permanent: boolean, title: string): AlertKindFacts {
  return { severity, permanent, title };
}
