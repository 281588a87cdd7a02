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
import { EVIDENCE_LIST } from './peer-book.ts';
import { type Outcome, type Reporter, sayProven } from './report.ts';
import type { WitnessState } from './state.ts';

export interface EvidenceWatchOptions {
  /** Where the list is: `<url>/evidence`. */
  readonly url: string;
  readonly state: WitnessState;
  readonly reporter: Reporter;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Returns one round of it, which rejects only for failures of our own, such as the storage's. */
export function createEvidenceWatch(
  options: EvidenceWatchOptions,
): (signal: AbortSignal) => Promise<void> {
  const { url, state, reporter, now } = options;
  const adopt = async (http: HttpOptions): Promise<Outcome> => {
    const evidence = await evidenceAgainst(openLogs(), url, http);
    if (evidence.length === 0) return { result: 'nothing-yet' };
    sayProven(reporter.logger, state.recordEvidence(evidence, now(), url));
    return { result: 'contradiction' };
  };
  const openLogs = (): OpenLogs => {
    const open = state.logs.enabled().filter((log) => state.log(log.origin).frozenBy === undefined);
    return new Map(open.map((log) => [log.origin, log.keys]));
  };
  return async (signal) => {
    await reporter.attempt(EVIDENCE_LIST, signal, adopt);
  };
}

/** The keys of each log that is not frozen, by origin. */
type OpenLogs = ReadonlyMap<string, readonly VerifierKey[]>;

/** The first evidence that is listed at `url` against a key of each log. Throws `RemoteError`. */
async function evidenceAgainst(
  logs: OpenLogs,
  url: string,
  http: HttpOptions,
): Promise<Evidence[]> {
  const listed = logs.size === 0 ? [] : await listEvidence(url, http);
  const found = new Map<string, Evidence>();
  for (const { id, origin, accused } of listed) {
    const isOurs = logs.get(origin)?.some(({ text }) => text === accused) === true;
    if (!isOurs || found.has(origin)) continue;
    const fetched = await fetchEvidence(url, id, http);
    if (fetched.standing !== 'proof' || fetched.accused !== accused || fetched.origin !== origin) {
      throw new RemoteError('bad-content', url, `evidence ${id} does not convict ${accused}`);
    }
    found.set(origin, fetched.evidence);
  }
  return [...found.values()];
}
