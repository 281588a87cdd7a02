/**
 * Takes over evidence against our logs that somebody else has published: a peer, or a monitor.
 *
 * Two witnesses can hold halves of a fork that only one of them has the tiles to prove, and a monitor
 * sees more than a witness does. Evidence proves itself, so it does not matter who passes it on.
 */
import { get, type HttpOptions, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import {
  type Evidence,
  MAX_EVIDENCE_BYTES,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import type { VerifierKey } from '#protocol/note/key.ts';
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

const MAX_LIST_BYTES = 1024 * 1024;

/** Returns one round of it, which rejects only for failures of our own, such as the storage's. */
export function createEvidenceWatch(
  options: EvidenceWatchOptions,
): (signal: AbortSignal) => Promise<void> {
  const { url, logs, state, reporter, now } = options;
  const adopt = async (http: HttpOptions): Promise<Outcome> => {
    const open = logs.filter(({ name }) => state.log(name).frozenBy === undefined);
    const evidence = open.length === 0 ? [] : await fetchEvidence(url, open, http);
    if (evidence.length === 0) return { result: 'nothing-yet' };
    sayProven(reporter.logger, state.recordEvidence(evidence, now()));
    return { result: 'contradiction' };
  };
  return async (signal) => {
    await reporter.attempt('evidence list', signal, adopt);
  };
}

/**
 * The first valid evidence that is listed at `url` against each of `logKeys`. A peer without such a
 * list (it is no part of C2SP) has none. Throws `RemoteError`, or `ProtocolError` for a document that
 * is not evidence.
 */
async function fetchEvidence(
  url: string,
  logKeys: readonly VerifierKey[],
  http: HttpOptions,
): Promise<Evidence[]> {
  const listed = await fetchList(url, http);
  const found: Evidence[] = [];
  for (const key of logKeys) {
    const id = listed.get(key.text);
    if (id === undefined) continue;
    const itemUrl = `${url}/evidence/${id}`;
    const bytes = await get(itemUrl, { ...http, maxBytes: MAX_EVIDENCE_BYTES });
    const evidence = parseEvidence(bytes);
    const { proven, standing, accused, reason } = verifyEvidence(evidence);
    if (!proven || standing !== 'proof' || accused !== key.text) {
      const message = `not evidence against ${key.name}: ${reason ?? 'another key is accused'}`;
      throw new RemoteError('bad-content', itemUrl, message);
    }
    found.push(evidence);
  }
  return found;
}

/** Ids by accused verifier key. */
async function fetchList(url: string, http: HttpOptions): Promise<Map<string, string>> {
  const listUrl = `${url}/evidence`;
  let text: string;
  try {
    text = decodeUtf8(await get(listUrl, { ...http, maxBytes: MAX_LIST_BYTES }));
  } catch (error) {
    if (error instanceof RemoteError && error.status === 404) return new Map();
    throw error;
  }
  const ids = new Map<string, string>();
  for (const item of parseArray(text, listUrl)) {
    const { id, accused } = (item ?? {}) as { id?: unknown; accused?: unknown };
    if (typeof accused !== 'string' || typeof id !== 'string') continue;
    if (/^[0-9a-f]{64}$/.test(id) && !ids.has(accused)) ids.set(accused, id);
  }
  return ids;
}

function parseArray(text: string, url: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    throw new RemoteError('bad-content', url, 'not JSON');
  }
  throw new RemoteError('bad-content', url, 'expected a JSON array');
}
