/**
 * Takes over evidence against our logs and peers that somebody else has published: a peer, or a monitor.
 *
 * Two witnesses can hold halves of a fork that only one of them has the tiles to prove, and a monitor
 * sees more than a witness does. Evidence proves itself, so it does not matter who passes it on.
 */
import { type HttpOptions, RemoteError } from '#client/http.ts';
import { type Evidence, standingOf } from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
import { fetchEvidence, type ListedEvidence, listEvidence } from '#service/evidence/fetch.ts';
import { EVIDENCE_LIST } from './peer-book.ts';
import { type Outcome, type Reporter, sayProven } from './report.ts';
import type { WitnessState } from './state.ts';

export interface EvidenceWatchOptions {
  /** Where the list is: `<url>/evidence`. */
  readonly url: string;
  readonly state: WitnessState;
  /** Keys of peers, against whom evidence is taken over as well. */
  readonly peerKeys: readonly VerifierKey[];
  readonly reporter: Reporter;
  /** Wall clock in Unix milliseconds. */
  readonly now: () => number;
}

/** Documents that are fetched in one round. */
const MAX_DOCUMENTS = 64;

/** Returns one round of it, which rejects only for failures of our own, such as the storage's. */
export function createEvidenceWatch(
  options: EvidenceWatchOptions,
): (signal: AbortSignal) => Promise<void> {
  const { url, state, reporter, peerKeys, now } = options;
  const peers = new Set(peerKeys.map(({ text }) => text));
  const adopt = async (http: HttpOptions): Promise<Outcome> => {
    let isNew = false;
    let fault: RemoteError | undefined;
    for (const item of (await listEvidence(url, http)).filter(isWanted).slice(0, MAX_DOCUMENTS)) {
      if (!isWanted(item)) continue; // by now, because of what came before it
      try {
        const found = state.recordEvidence([await proofOf(item, url, http)], now(), url);
        sayProven(reporter.logger, found);
        isNew ||= found.length > 0;
      } catch (error) {
        // What is false takes nothing from what is true.
        if (!(error instanceof RemoteError) || isAway(error)) throw error;
        fault ??= error;
      }
    }
    if (fault !== undefined && !isNew) throw fault;
    return { result: isNew ? 'contradiction' : 'nothing-yet' };
  };
  const isAgainstLog = ({ origin, accused, kind }: ListedEvidence): boolean => {
    const log = state.logs.get(origin);
    const isOurs = log?.keys.some(({ text }) => text === accused) === true;
    // What else there may be against a log, as an entry that rules refuse, freezes nothing.
    const convicts = isOurs && standingOf(kind) === 'proof';
    return convicts && state.log(origin).frozenBy === undefined;
  };
  const isAgainstPeer = ({ origin, accused, kind }: ListedEvidence): boolean =>
    peers.has(accused) &&
    state.logs.known(origin) !== undefined &&
    standingOf(kind) === 'proof' &&
    !state.evidence.has(origin, accused, kind);
  /** Nobody else's is looked at, nor what is held already. */
  const isWanted = (item: ListedEvidence) => isAgainstLog(item) || isAgainstPeer(item);
  return async (signal) => {
    await reporter.attempt(EVIDENCE_LIST, signal, adopt);
  };
}

/** The document, which convicts whom the list says. Throws `RemoteError`. */
async function proofOf(
  { id, accused, origin }: ListedEvidence,
  url: string,
  http: HttpOptions,
): Promise<Evidence> {
  const fetched = await fetchEvidence(url, id, http);
  const isSame = fetched.accused === accused && fetched.origin === origin;
  if (fetched.standing === 'proof' && isSame) return fetched.evidence;
  throw new RemoteError('bad-content', url, `evidence ${id} does not convict ${accused}`);
}

function isAway({ kind }: RemoteError): boolean {
  return kind === 'unreachable' || kind === 'timeout';
}
