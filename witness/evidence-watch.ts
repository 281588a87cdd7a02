/**
 * Takes over evidence against our logs that somebody else has published: a peer, or a monitor.
 *
 * Two witnesses can hold halves of a fork that only one of them has the tiles to prove, and a monitor
 * sees more than a witness does. Evidence proves itself, so it does not matter who passes it on.
 */
import { type HttpOptions, RemoteError } from '#client/http.ts';
import type { Evidence } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { fetchEvidence, listEvidence } from '#service/evidence/fetch.ts';
import { type Outcome, type Reporter, sayProven } from './report.ts';
import type { WitnessState } from './state.ts';

export interface EvidenceWatchOptions {
  /** Where the list is: `<url>/evidence`. */
  readonly url: string;
  readonly logs: readonly VerifierKey[];
  readonly state: WitnessState;
  readonly reporter: Reporter;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Returns one round of it, which rejects only for failures of our own, such as the storage's. */
export function createEvidenceWatch(
  options: EvidenceWatchOptions,
): (signal: AbortSignal) => Promise<void> {
  const { url, logs, state, reporter, now } = options;
  const adopt = async (http: HttpOptions): Promise<Outcome> => {
    const open = logs.filter(({ name }) => state.log(name).frozenBy === undefined);
    const evidence = open.length === 0 ? [] : await evidenceAgainst(open, url, http);
    if (evidence.length === 0) return { result: 'nothing-yet' };
    sayProven(reporter.logger, state.recordEvidence(evidence, now()));
    return { result: 'contradiction' };
  };
  return async (signal) => {
    await reporter.attempt('evidence list', signal, adopt);
  };
}

/** The first evidence that is listed at `url` against each of `logKeys`. Throws `RemoteError`. */
async function evidenceAgainst(
  logKeys: readonly VerifierKey[],
  url: string,
  http: HttpOptions,
): Promise<Evidence[]> {
  const listed = await listEvidence(url, http);
  const firstIds = new Map(listed.toReversed().map(({ accused, id }) => [accused, id]));
  const found: Evidence[] = [];
  for (const key of logKeys) {
    const id = firstIds.get(key.text);
    if (id === undefined) continue;
    const { evidence, standing, accused } = await fetchEvidence(url, id, http);
    if (standing !== 'proof' || accused !== key.text) {
      const message = `evidence ${id} does not convict ${key.name}`;
      throw new RemoteError('bad-content', url, message);
    }
    found.push(evidence);
  }
  return found;
}
