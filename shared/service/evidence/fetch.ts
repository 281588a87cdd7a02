/**
 * Evidence that somebody else has published: a witness or a monitor. Nothing of it is believed: what
 * is listed only says what is worth fetching, and a document proves itself, whoever hands it over.
 */
import type { z } from 'zod';
import { get, type HttpOptions, RemoteError } from '#client/http.ts';
import { decodeUtf8 } from '#protocol/bytes.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type Evidence,
  type EvidenceStanding,
  MAX_EVIDENCE_BYTES,
  parseEvidence,
  verifyEvidence,
} from '#protocol/evidence/evidence.ts';
import { evidenceItemSchema } from './evidence-item.ts';

const MAX_LIST_BYTES = 1024 * 1024;
/** More than fit in a list, each with its id and a key: looking at half a million would take seconds. */
const MAX_ITEMS = 8192;

const listedSchema = evidenceItemSchema.pick({ id: true, kind: true, origin: true, accused: true });

export type ListedEvidence = z.infer<typeof listedSchema>;

/**
 * What is listed at `<url>/evidence`, without items that we could not judge. A peer without such a
 * list, which is no part of C2SP, has none. Throws `RemoteError`.
 */
export async function listEvidence(url: string, http: HttpOptions): Promise<ListedEvidence[]> {
  const listUrl = `${url}/evidence`;
  let bytes: Uint8Array;
  try {
    bytes = await get(listUrl, { ...http, maxBytes: MAX_LIST_BYTES });
  } catch (error) {
    if (error instanceof RemoteError && error.status === 404) return [];
    throw error;
  }
  return parseArray(bytes, listUrl).flatMap((item) => listedSchema.safeParse(item).data ?? []);
}

function parseArray(bytes: Uint8Array, url: string): unknown[] {
  const items = parseJson(bytes, url);
  if (!Array.isArray(items)) throw new RemoteError('bad-content', url, 'expected a JSON array');
  if (items.length <= MAX_ITEMS) return items;
  const detail = `a list of ${items.length} items, at most ${MAX_ITEMS} are looked at`;
  throw new RemoteError('bad-content', url, detail);
}

function parseJson(bytes: Uint8Array, url: string): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    throw new RemoteError('bad-content', url, 'not JSON in UTF-8');
  }
}

export interface ProvenEvidence {
  readonly evidence: Evidence;
  readonly standing: EvidenceStanding;
  readonly origin: string;
  /** Verifier key, as text. */
  readonly accused: string;
}

/**
 * One piece of evidence, verified. Throws `RemoteError`: of kind 'bad-content' for a document that is
 * not evidence, or that proves nothing.
 */
export async function fetchEvidence(
  url: string,
  id: string,
  http: HttpOptions,
): Promise<ProvenEvidence> {
  const itemUrl = `${url}/evidence/${id}`;
  const evidence = parse(await get(itemUrl, { ...http, maxBytes: MAX_EVIDENCE_BYTES }), itemUrl);
  const { standing, origin, accused, reason } = verifyEvidence(evidence);
  if (standing !== undefined) return { evidence, standing, origin, accused };
  throw new RemoteError('bad-content', itemUrl, `evidence that proves nothing: ${reason}`);
}

function parse(bytes: Uint8Array, url: string): Evidence {
  try {
    return parseEvidence(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new RemoteError('bad-content', url, `not evidence: ${error.message}`);
  }
}
