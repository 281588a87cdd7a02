/** What is said of a kind of alert, apart from the case at hand. */
export type Severity = 'critical' | 'warning';

export interface AlertKindFacts {
  readonly severity: Severity;
  /** Stays open for good: what was signed, or is in the log, cannot be undone. */
  readonly permanent: boolean;
  readonly title: string;
  /** For somebody woken at night who has never heard of it. */
  readonly meaning: string;
  /** What to do first. The whole way is in docs/RUNBOOKS.md, under the name of the kind. */
  readonly step: string;
}

type Words = Pick<AlertKindFacts, 'title' | 'meaning' | 'step'>;

/** Convicts for good. */
export function proven(words: Words): AlertKindFacts {
  return { ...words, severity: 'critical', permanent: true };
}

export function critical(words: Words): AlertKindFacts {
  return { ...words, severity: 'critical', permanent: false };
}

export function warning(words: Words): AlertKindFacts {
  return { ...words, severity: 'warning', permanent: false };
}

/** A warning that stays, as what is in a log stays there. */
export function lastingWarning(words: Words): AlertKindFacts {
  return { ...words, severity: 'warning', permanent: true };
}
